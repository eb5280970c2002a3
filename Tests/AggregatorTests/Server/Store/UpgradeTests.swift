import Foundation
import GRDB
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Store
@testable import Wire

/// What the first version wrote, read by this one: a store goes on where it was, and an agent need not be of the same
/// version.
@Suite struct UpgradeTests {
    private func fixture(_ name: String) throws -> String {
        try String(contentsOf: Repository.root.appending(path: "Tests/Fixtures/upgrade/\(name)"), encoding: .utf8)
    }

    private func oldStore(_ folder: TemporaryFolder) throws -> SQLiteStore {
        let path = folder.path + "/findings.sqlite"
        let sql = try fixture("store-1.sql")
        let database = try DatabaseQueue(path: path)
        try database.write { try $0.execute(sql: sql) }
        try database.close()
        return try SQLiteStore(path: path, newID: "another", now: Make.start)
    }

    @Test func anOlderStoreGoesOnWhereItWas() async throws {
        let folder = try TemporaryFolder()
        let store = try oldStore(folder)
        #expect(store.storeID == "kept", "agents need not read their last day again")
        let hello = try await store.hello(node: "n1")
        #expect(hello.positions["journal"] == .init(committed: "p1", resume: "p0"))
        #expect(hello.states?.map(\.condition) == ["KernelDeadlock"])
        let snapshot = try await store.snapshot(since: Make.start - 86_400, now: Make.start)
        #expect(snapshot.nodes.map(\.vitals.agentVersion) == ["0.0.1"])
        #expect(snapshot.findings.map(\.detection.check) == ["NodeDeadlock"])
    }

    @Test func anOlderAgentsBatchIsTakenAndItsAnswerUnderstood() async throws {
        let folder = try TemporaryFolder()
        let store = try oldStore(folder)
        let batch = try JSONDecoder().decode(Batch.self, from: Data(try fixture("batch-1.json").utf8))
        #expect(batch.problem == nil)
        guard case .applied(let answer) = try await store.apply(batch, at: Make.start) else {
            Issue.record("it was not taken")
            return
        }
        // What an older agent decodes of the answer.
        struct OldAnswer: Decodable {
            struct Position: Decodable { var committed: String? }
            var storeID: String
            var positions: [String: Position]
        }
        let old = try JSONDecoder().decode(OldAnswer.self, from: try JSONEncoder().encode(answer))
        #expect(old.storeID == "kept")
        #expect(old.positions["journal"]?.committed == "p2")
        let found = try await store.snapshot(since: Make.start - 86_400, now: Make.start).findings
        #expect(found.first { $0.detection.check == "NodeTaskHung" }?.count == 2)
    }

    /// A contract that would be misread has another number, and is refused with both.
    @Test func anotherContractIsRefusedWithItsNumber() throws {
        var batch = try JSONDecoder().decode(Batch.self, from: Data(try fixture("batch-1.json").utf8))
        batch.version = Batch.version + 1
        #expect(batch.problem == "version 2 is not 1")
    }
}
