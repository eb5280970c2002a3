import Platform
import Store
import Synchronization

/// Whether the store can be written and read back, asked at most once in a while however often probes ask.
final class StoreHealth: Sendable {
    /// An answer is good for so long, in seconds.
    static let keptSeconds = 2.0

    private let store: any Store
    private let clock: any WallClock
    private let last = Mutex<(askedSeconds: Double, problem: StoreError?)?>(nil)

    init(store: any Store, clock: any WallClock) {
        self.store = store
        self.clock = clock
    }

    /// nil: it can.
    func problem() async -> StoreError? {
        let now = clock.uptimeSeconds()
        if let known = last.withLock({ $0 }), now >= known.askedSeconds, now - known.askedSeconds < Self.keptSeconds {
            return known.problem
        }
        let problem = await store.problem()
        last.withLock { $0 = (now, problem) }
        return problem
    }
}
