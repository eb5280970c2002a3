import Synchronization

/// What is known of journald beside what its files say: told by who looks at the process, read by who reads the files.
package final class JournaldState: Sendable {
    private let problem = Mutex<String?>(nil)

    package init() {}

    /// - Parameter trouble: why it cannot write: `is not running`; nil: it can, or nobody knows.
    package func set(_ trouble: String?) { problem.withLock { $0 = trouble } }

    package var trouble: String? { problem.withLock { $0 } }
}
