import Synchronization

/// Wakes the deliverer; any number of signals before it looks are one.
package final class Signal: Sendable {
    private let state = Mutex<(isSet: Bool, waiting: CheckedContinuation<Void, Never>?)>((false, nil))

    package init() {}

    package func set() {
        let waiting = state.withLock { state in
            state.isSet = state.waiting == nil
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Returns at the next `set`, at once after one that nobody has waited for, or when the task is cancelled.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if state.isSet {
                        state.isSet = false
                        return true
                    }
                    state.waiting = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            set()
        }
    }
}
