package import Platform
package import Store
package import Wire

/// A store that tells of each batch that was committed.
package struct ObservedStore: Store {
    private let store: any Store
    private let onBatch: @Sendable (Batch, Timestamp) -> Void

    package init(_ store: any Store, onBatch: @escaping @Sendable (Batch, Timestamp) -> Void) {
        self.store = store
        self.onBatch = onBatch
    }

    package var storeID: String { store.storeID }
    package var newestAtStart: Timestamp? { store.newestAtStart }

    package func hello(node: String) async throws(StoreError) -> Acknowledgement { try await store.hello(node: node) }

    package func apply(_ batch: Batch, at now: Timestamp) async throws(StoreError) -> ApplyResult {
        let result = try await store.apply(batch, at: now)
        if case .applied = result { onBatch(batch, now) }
        return result
    }

    package func snapshot(since: Timestamp, now: Timestamp) async throws(StoreError) -> Snapshot {
        try await store.snapshot(since: since, now: now)
    }

    package func snapshot(
        of nodes: [String], since: Timestamp, now: Timestamp
    ) async throws(StoreError) -> Snapshot {
        try await store.snapshot(of: nodes, since: since, now: now)
    }

    package func note(versions: [String: [String: String]], at now: Timestamp) async throws(StoreError) {
        try await store.note(versions: versions, at: now)
    }

    package func retain(_ limits: RetentionLimits, at now: Timestamp) async throws(StoreError) {
        try await store.retain(limits, at: now)
    }

    package func problem() async -> StoreError? { await store.problem() }

    @discardableResult package func close() async -> StoreError? { await store.close() }
}
