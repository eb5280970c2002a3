@testable import Platform
@testable import Store
@testable import Wire

/// A store on a full disk.
struct BrokenStore: Store {
    let storeID = "broken"
    let newestAtStart: Timestamp? = nil
    private let error = StoreError(code: .full, message: "SQLite 13: database or disk is full")
    func hello(node: String) async throws(StoreError) -> Acknowledgement { throw error }
    func apply(_ batch: Batch, at now: Timestamp) async throws(StoreError) -> ApplyResult { throw error }
    func snapshot(since: Timestamp, now: Timestamp) async throws(StoreError) -> Snapshot { throw error }
    func snapshot(of nodes: [String], since: Timestamp, now: Timestamp) async throws(StoreError) -> Snapshot {
        throw error
    }
    func note(versions: [String: [String: String]], at now: Timestamp) async throws(StoreError) { throw error }
    func retain(_ limits: RetentionLimits, at now: Timestamp) async throws(StoreError) { throw error }
    func problem() async -> StoreError? { error }
    @discardableResult func close() async -> StoreError? { nil }
}
