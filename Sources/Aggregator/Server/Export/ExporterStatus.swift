import Synchronization

/// Which exporters are silent now, and why: for the report's header.
package final class ExporterStatus: Sendable {
    private let problems = Mutex<[String: String]>([:])

    package init() {}

    /// - Parameter problem: nil: its last round saw the findings.
    func set(_ id: String, _ problem: String?) { problems.withLock { $0[id] = problem } }

    /// One sentence for each exporter that is silent.
    package var notes: [String] {
        problems.withLock { $0.sorted { $0.key < $1.key } }.map { "exporter \($0.key) is silent: \($0.value)" }
    }
}
