package import Platform
import Synchronization
package import Wire

/// The embedded store, replaced by a new one when its file is damaged: agents fill it again with what they read in the
/// last 24 hours. The damaged file stays beside it, under the name of the store with `.damaged`.
package final class RecoveringStore: Store {
    /// A file that was found sound is not checked again within this span, in seconds.
    static let checkSeconds = 60.0

    private struct State {
        var store: SQLiteStore
        var isChecking = false
        /// By the time since the boot; nil: never.
        var checkedSeconds: Double?
    }

    private let path: String
    private let limits: RetentionLimits
    private let makeID: @Sendable () -> String
    private let clock: any WallClock
    private let noteLoss: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// Opens or creates the store, and replaces one that cannot be opened because it is damaged.
    /// - Parameter noteLoss: told why a store was replaced.
    /// - Throws: what is no damage: a disk that is full, a file that may not be read.
    package init(
        path: String, limits: RetentionLimits = RetentionLimits(), makeID: @escaping @Sendable () -> String,
        clock: any WallClock, noteLoss: @escaping @Sendable (String) -> Void
    ) throws(StoreError) {
        self.path = path
        self.limits = limits
        self.makeID = makeID
        self.clock = clock
        self.noteLoss = noteLoss
        let now = clock.now()
        let opened: SQLiteStore
        do throws(StoreError) {
            opened = try SQLiteStore(path: path, limits: limits, newID: makeID(), now: now)
        } catch {
            guard error.code == .corrupt else { throw error }
            let loss = Snapshot.StoreLoss(time: now, reason: error.message)
            try Self.moveAside(path)
            opened = try SQLiteStore(path: path, limits: limits, newID: makeID(), now: now, loss: loss)
            noteLoss(loss.reason)
        }
        state = Mutex(State(store: opened))
    }

    private static func moveAside(_ path: String) throws(StoreError) {
        do throws(SystemError) {
            // The main file last: without its journals it would be another store.
            for suffix in ["-shm", "-wal", ""] { try Files.moveAside(path + suffix, to: path + ".damaged" + suffix) }
        } catch {
            throw StoreError(code: .unavailable, message: "a damaged store cannot be moved aside: \(error)")
        }
    }

    private var current: SQLiteStore { state.withLock { $0.store } }

    package var storeID: String { current.storeID }
    package var newestAtStart: Timestamp? { current.newestAtStart }

    private func using<Value: Sendable>(
        _ body: (SQLiteStore) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let store = current
        do throws(StoreError) {
            return try await body(store)
        } catch {
            if error.code == .corrupt { await recover(store, error) }
            throw error
        }
    }

    /// Checks a store that erred, and replaces it when it is damaged. Whoever asked is told the error, and asks again.
    private func recover(_ store: SQLiteStore, _ error: StoreError) async {
        let uptime = clock.uptimeSeconds()
        let isMine = state.withLock { state in
            let isRecent = state.checkedSeconds.map { uptime - $0 < Self.checkSeconds } ?? false
            guard state.store === store, !state.isChecking, !isRecent else { return false }
            state.isChecking = true
            return true
        }
        guard isMine else { return }
        var replacement: SQLiteStore?
        if let damage = await store.damage() {
            let loss = Snapshot.StoreLoss(time: clock.now(), reason: damage)
            await store.close()
            do throws(StoreError) {
                try Self.moveAside(path)
                replacement = try SQLiteStore(
                    path: path, limits: limits, newID: makeID(), now: clock.now(), loss: loss)
                noteLoss(loss.reason)
            } catch {
                // It stays as it is and errs on; a next try comes with the next request after a while.
            }
        }
        state.withLock { state in
            if let replacement { state.store = replacement }
            state.isChecking = false
            state.checkedSeconds = uptime
        }
    }

    package func hello(node: String) async throws(StoreError) -> Acknowledgement {
        try await using { store throws(StoreError) in try await store.hello(node: node) }
    }

    package func apply(_ batch: Batch, at now: Timestamp) async throws(StoreError) -> ApplyResult {
        try await using { store throws(StoreError) in try await store.apply(batch, at: now) }
    }

    package func snapshot(since: Timestamp, now: Timestamp) async throws(StoreError) -> Snapshot {
        try await using { store throws(StoreError) in try await store.snapshot(since: since, now: now) }
    }

    package func snapshot(
        of nodes: [String], since: Timestamp, now: Timestamp
    ) async throws(StoreError) -> Snapshot {
        try await using { store throws(StoreError) in try await store.snapshot(of: nodes, since: since, now: now) }
    }

    package func note(versions: [String: [String: String]], at now: Timestamp) async throws(StoreError) {
        try await using { store throws(StoreError) in try await store.note(versions: versions, at: now) }
    }

    package func retain(_ limits: RetentionLimits, at now: Timestamp) async throws(StoreError) {
        try await using { store throws(StoreError) in try await store.retain(limits, at: now) }
    }

    package func problem() async -> StoreError? {
        let store = current
        let problem = await store.problem()
        if let problem, problem.code == .corrupt { await recover(store, problem) }
        return problem
    }

    @discardableResult package func close() async -> StoreError? { await current.close() }
}
