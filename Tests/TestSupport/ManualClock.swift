package import Platform
import Synchronization

/// A clock in the test's hand: time stands still until the test advances it, and whoever sleeps waits for that.
///
/// A test starts what it tests, waits with `waitForSleepers` until that is asleep, and advances. Any number of sleepers
/// share one time: none moves it for the others. Who wakes and sleeps again counts from the time that was advanced to,
/// so a period of one second that sees sixty pass at once has one turn. No real time passes in here.
package final class ManualClock: WallClock {
    private struct Sleeper {
        var deadline: Timestamp
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Timestamp
        /// Ids go up, so that sleepers with one deadline wake in the order in which they fell asleep.
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [Int: Watcher] = [:]

        mutating func makeID() -> Int {
            defer { nextID += 1 }
            return nextID
        }

        /// Takes out watchers that have seen enough.
        mutating func satisfiedWatchers() -> [Watcher] {
            let ids = watchers.filter { $0.value.count <= sleepers.count }.keys.sorted()
            return ids.compactMap { watchers.removeValue(forKey: $0) }
        }
    }

    private let state: Mutex<State>

    package init(_ start: Timestamp = Timestamp(seconds: 1_700_000_000)) { state = Mutex(State(now: start)) }

    package func now() -> Timestamp { state.withLock { $0.now } }

    /// How many are asleep.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// When the first sleeper wakes; nil when nobody is asleep.
    package var nextDeadline: Timestamp? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

    package func advance(by seconds: Double) { advance { $0.now + seconds } }

    /// Does nothing for a time that has passed.
    package func advance(to time: Timestamp) { advance { _ in time } }

    private func advance(_ target: (State) -> Timestamp) {
        let due = state.withLock { state in
            state.now = max(state.now, target(state))
            let ids = state.sleepers.filter { $0.value.deadline <= state.now }.sorted {
                ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key)
            }.map(\.key)
            return ids.compactMap { state.sleepers.removeValue(forKey: $0) }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// - Throws: `CancellationError`.
    package func sleep(seconds: Double) async throws { try await sleep(seconds: seconds) {} }

    /// - Parameter whenAsleep: called once the sleeper is counted as one.
    func sleep(seconds: Double, whenAsleep: () -> Void) async throws {
        let id = state.withLock { $0.makeID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                fallAsleep(id, seconds, continuation)
                whenAsleep()
            }
        } onCancel: {
            let cancelled = state.withLock { $0.sleepers.removeValue(forKey: id) }
            cancelled?.continuation.resume(throwing: CancellationError())
        }
    }

    private func fallAsleep(_ id: Int, _ seconds: Double, _ continuation: CheckedContinuation<Void, any Error>) {
        // Checked under the lock: a task that is cancelled later finds its sleeper there, and takes it out.
        let (outcome, watchers) = state.withLock { state -> (Result<Void, any Error>?, [Watcher]) in
            if Task.isCancelled { return (.failure(CancellationError()), []) }
            if seconds <= 0 { return (.success(()), []) }
            state.sleepers[id] = Sleeper(deadline: state.now + seconds, continuation: continuation)
            return (nil, state.satisfiedWatchers())
        }
        if let outcome { continuation.resume(with: outcome) }
        for watcher in watchers { watcher.continuation.resume() }
    }

    /// Returns when at least `count` are asleep, or when the task is cancelled.
    package func waitForSleepers(_ count: Int) async {
        let id = state.withLock { $0.makeID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || state.sleepers.count >= count { return true }
                    state.watchers[id] = Watcher(count: count, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.watchers.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
