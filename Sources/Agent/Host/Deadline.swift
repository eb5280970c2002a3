import Platform
import Synchronization

/// Runs a call that may hang in the kernel (a dead NFS server) on a thread of its own, and goes on without it.
package enum Deadline {
    /// - Returns: nil when the call did not return in time. Its thread stays until the kernel lets it go.
    package static func run<Value: Sendable>(seconds: Double, _ call: @escaping @Sendable () -> Value) async -> Value? {
        let once = Mutex<CheckedContinuation<Value?, Never>?>(nil)
        let box = Once(once)
        return await withCheckedContinuation { continuation in
            box.state.withLock { $0 = continuation }
            let started = NativeThread.start { box.answer(call()) }
            if !started { box.answer(nil) }
            Task {
                try? await Task.sleep(for: .milliseconds(Int(seconds * 1000)))
                box.answer(nil)
            }
        }
    }

    private final class Once<Value: Sendable>: Sendable {
        let state: Mutex<CheckedContinuation<Value?, Never>?>
        init(_ state: consuming Mutex<CheckedContinuation<Value?, Never>?>) { self.state = state }

        func answer(_ value: Value?) {
            let waiting = state.withLock { state in
                defer { state = nil }
                return state
            }
            waiting?.resume(returning: value)
        }
    }
}
