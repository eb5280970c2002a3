import Synchronization

/// Tells tasks that there is something to look at. Any number of signals before a look are one.
///
/// Any number of tasks may wait; a signal wakes all of them. One that nobody waits for is kept for the next who does.
package final class Signal: Sendable {
    private struct State {
        var isSet = false
        var nextID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func set() {
        let waiting = state.withLock { state in
            state.isSet = state.waiting.isEmpty
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns at the next `set`, at once after one that nobody has waited for, or when the task is cancelled.
    package func wait() async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Under the lock: a task that is cancelled later finds its continuation and takes it out.
                    if Task.isCancelled { return true }
                    if state.isSet {
                        state.isSet = false
                        return true
                    }
                    state.waiting[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }

    /// How many tasks wait now.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }
}
