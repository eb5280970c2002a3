import GRDB
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Store
@testable import Wire

/// What the embedded store promises beyond the contract.
@Suite struct SQLiteStoreTests {
    private func store(_ folder: TemporaryFolder, waitingMax: Int) throws -> SQLiteStore {
        try SQLiteStore(path: folder.path + "/s.sqlite", newID: "s", now: Make.start, waitingMax: waitingMax)
    }

    @Test func refusesABatchWhenTooManyWait() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, waitingMax: 0)
        let error = await #expect(throws: StoreError.self) {
            _ = try await store.apply(Make.batch(sequence: 1, to: "p1", [Make.occurrence()]), at: Make.start)
        }
        #expect(error?.code == .busy)
        #expect(try await store.snapshot(since: Make.start - 1, now: Make.start).findings.isEmpty)
        #expect(await store.close() == nil)
    }

    /// A refused batch that comes again is neither lost nor counted twice.
    @Test func losesNothingWhenRefusedBatchesComeAgain() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, waitingMax: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in 0..<30 {
                group.addTask {
                    let batch = Make.batch(node: "n\(node)", sequence: 1, to: "p1", [Make.occurrence()])
                    while true {
                        do throws(StoreError) {
                            _ = try await store.apply(batch, at: Make.start)
                            return
                        } catch {
                            if error.code != .busy { throw error }
                            await Task.yield()
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let findings = try await store.snapshot(since: Make.start - 1, now: Make.start).findings
        #expect(findings.map(\.count) == Array(repeating: 1, count: 30))
        await store.close()
    }

    @Test func refusesBatchesAfterItIsClosed() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, waitingMax: 10)
        #expect(await store.close() == nil)
        let error = await #expect(throws: StoreError.self) {
            _ = try await store.apply(Make.batch(sequence: 1), at: Make.start)
        }
        #expect(error?.code == .unavailable)
    }

    /// A pod has no folder that SQLite could write a temporary file to.
    @Test func keepsTemporaryTablesAndJournalsInMemory() throws {
        let queue = try DatabaseQueue(configuration: SQLiteStore.configuration)
        #expect(try queue.read { try Int.fetchOne($0, sql: "PRAGMA temp_store") } == 2)
    }
}
