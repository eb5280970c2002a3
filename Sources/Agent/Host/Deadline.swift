import Platform
import Synchronization

/// Runs a call that may hang in the kernel (a dead NFS server) on a thread of its own, and goes on without it.
package enum Deadline {
    /// - Returns: nil when the call did not return in time, or the task was cancelled. Its thread stays until the
    ///   kernel lets it go.
    package static func run<Value: Sendable>(seconds: Double, _ call: @escaping @Sendable () -> Value) async -> Value? {
        let answer = Answer<Value>()
        guard NativeThread.start({ answer.give(call()) }) else { return nil }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await answer.signal.wait() }
            group.addTask { try? await Task.sleep(for: .milliseconds(Int(saturating: seconds * 1000))) }
            await group.next()
            group.cancelAll()
        }
        return answer.value
    }

    private final class Answer<Value: Sendable>: Sendable {
        let signal = Signal()
        private let held = Mutex<Value?>(nil)

        var value: Value? { held.withLock { $0 } }

        func give(_ value: Value) {
            held.withLock { $0 = value }
            signal.set()
        }
    }
}
