import Foundation
import GRDB
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Store
@testable import Wire

/// A damaged or poisoned row is left out and counted; it ends nothing.
@Suite struct UnreadableRowTests {
    private func store(_ folder: TemporaryFolder) async throws -> SQLiteStore {
        let store = try SQLiteStore(path: folder.path + "/s.sqlite", newID: "s", now: Make.start)
        for node in ["n1", "n2"] {
            _ = try await store.apply(
                Make.batch(
                    node: node, sequence: 1, to: "p1", [Make.occurrence()], states: [Make.state()],
                    observations: [Observation(check: "C", source: "s", outcome: .healthy, since: Make.start)]),
                at: Make.start)
        }
        return store
    }

    @Test(
        arguments: [
            "UPDATE finding SET count = 1.8446744073709552e19 WHERE node = 'n1'",
            "UPDATE finding SET count = 'x' WHERE node = 'n1'", "UPDATE finding SET first = 'x' WHERE node = 'n1'",
            "UPDATE finding SET last = 9.3e18 WHERE node = 'n1'", "UPDATE finding SET last = 'x' WHERE node = 'n1'",
            "UPDATE finding SET first = -9223372036854775808 WHERE node = 'n1'",
            "UPDATE finding SET last = 9223372036854775807 WHERE node = 'n1'",
            "UPDATE finding SET deadline = -9223372036854775808 WHERE node = 'n1'",
            "UPDATE finding SET resolved = 'x' WHERE node = 'n1'",
            "UPDATE finding SET is_state = 'x' WHERE node = 'n1'",
            "UPDATE finding SET message = x'ff00fe' WHERE node = 'n1'",
            "UPDATE finding SET evidence = x'1f1f1f' WHERE node = 'n1'",
            "UPDATE node SET first_heard = 'x' WHERE name = 'n1'", "UPDATE node SET epoch = 'x' WHERE name = 'n1'",
            "UPDATE node SET vitals = 'x' WHERE name = 'n1'", "UPDATE node SET dropped = 9.9e30 WHERE name = 'n1'",
            "UPDATE node SET rows = 'x', bytes = 9.9e30 WHERE name = 'n1'",
            "UPDATE observation SET since = 'x' WHERE node = 'n1'",
            "UPDATE position SET committed = x'ff' WHERE node = 'n1'",
        ]) func aPoisonedRowEndsNothing(_ damage: String) async throws
    {
        let folder = try TemporaryFolder()
        let store = try await store(folder)
        try await store.write { try $0.execute(sql: damage) }
        let now = Make.start + 60
        let found = try await store.snapshot(since: Timestamp(microseconds: 0), now: now)
        #expect(found.findings.count { $0.node == "n2" } == 2)
        // Every sum and difference of what came through holds.
        for finding in found.findings { #expect(!now.seconds(since: finding.last).isNaN) }
        _ = try await store.hello(node: "n1")
        // The same node goes on, and so does the other one in the same transaction.
        async let own = store.apply(
            Make.batch(sequence: 2, from: "p1", to: "p2", [Make.occurrence()], states: [Make.state()]), at: now)
        async let other = store.apply(
            Make.batch(node: "n2", sequence: 2, from: "p1", to: "p2", [Make.occurrence()]), at: now)
        guard case .applied = try await other else {
            Issue.record("the other node's batch was refused")
            return
        }
        do { _ = try await own } catch { #expect((error as? StoreError)?.code == .corrupt) }
        try await store.retain(RetentionLimits(), at: now)
        await store.close()
    }

    @Test func rowsThatCannotBeReadAreCounted() async throws {
        let folder = try TemporaryFolder()
        let store = try await store(folder)
        try await store.write { try $0.execute(sql: "UPDATE finding SET first = 'x' WHERE node = 'n1'") }
        let found = try await store.snapshot(since: Timestamp(microseconds: 0), now: Make.start)
        #expect(found.unreadable == 2)
        #expect(found.findings.count == 2)
    }
}
