import Foundation
import GRDB
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Store
@testable import Wire

/// One node against all: whatever it sends, others keep what is theirs. Run over each store.
@Suite struct NodeQuotaTests {
    private func occurrences(_ count: Int, bytes: Int = 10, from: Int = 0, at time: Timestamp = Make.start)
        -> [Occurrence]
    {
        (from..<(from + count)).map {
            Make.occurrence(
                Make.detection(subject: "s\($0)", message: String(repeating: "m", count: bytes)), at: time)
        }
    }

    private func snapshot(_ store: any Store) async throws -> Snapshot {
        try await store.snapshot(since: Timestamp(microseconds: 0), now: Make.start)
    }

    @Test(arguments: StoreSubject.all) func retentionTakesFromWhoeverIsOverTheirShare(_ subject: StoreSubject)
        async throws
    {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        // The victim's are the oldest.
        for node in ["v1", "v2"] {
            _ = try await store.apply(
                Make.batch(node: node, sequence: 1, to: "p1", occurrences(50, bytes: 100)), at: Make.start)
        }
        for sequence in 1...8 {
            _ = try await store.apply(
                Make.batch(
                    node: "hostile", sequence: Int64(sequence), from: sequence == 1 ? nil : "p\(sequence - 1)",
                    to: "p\(sequence)", occurrences(50, bytes: 20_000, from: sequence * 50, at: Make.start + 60)),
                at: Make.start + 60)
        }
        var limits = RetentionLimits()
        limits.storeBytesMax = 2 << 20
        try await store.retain(limits, at: Make.start + 120)
        let left = Dictionary(grouping: try await snapshot(store).findings, by: \.node).mapValues(\.count)
        #expect(left["v1"] == 50)
        #expect(left["v2"] == 50)
        #expect((left["hostile"] ?? 0) < 400)
    }

    @Test(arguments: StoreSubject.all) func aNodesOldestMakeRoomForItsNewOnes(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        var limits = RetentionLimits()
        limits.rowsPerNodeMax = 20
        let store = try subject.open(place, limits)
        _ = try await store.apply(Make.batch(node: "v", sequence: 1, to: "p1", occurrences(30)), at: Make.start)
        _ = try await store.apply(Make.batch(sequence: 1, to: "p1", occurrences(20)), at: Make.start)
        let later = Make.start + 2 * Seconds.perHour
        _ = try await store.apply(
            Make.batch(sequence: 2, from: "p1", to: "p2", occurrences(5, from: 100, at: later)), at: later)
        let own = try await snapshot(store).findings.filter { $0.node == "n1" }
        #expect(own.count <= 20)
        #expect(own.count { $0.first == later } == 5)
        #expect(try await snapshot(store).dropped == 10, "the other node's own ten over its limit")
    }

    @Test(arguments: StoreSubject.all) func aNodeHasSoManyBytes(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        var limits = RetentionLimits()
        limits.bytesPerNodeMax = 100_000
        let store = try subject.open(place, limits)
        _ = try await store.apply(Make.batch(sequence: 1, to: "p1", occurrences(50, bytes: 10_000)), at: Make.start)
        let first = try await snapshot(store)
        #expect(first.findings.count < 10)
        #expect(first.findings.count + first.dropped == 50, "what is refused is counted")
        // Longer texts of what is stored already are no way around.
        _ = try await store.apply(
            Make.batch(sequence: 2, from: "p1", to: "p2", occurrences(9, bytes: 30_000)), at: Make.start)
        let second = try await snapshot(store)
        let bytes = second.findings.reduce(0) { $0 + $1.detection.message.utf8.count }
        #expect(bytes <= limits.bytesPerNodeMax + 30_000)
        // A state outweighs events.
        _ = try await store.apply(Make.batch(sequence: 3, states: [Make.state()]), at: Make.start)
        #expect(try await store.hello(node: "n1").states?.count == 1)
    }

    @Test(arguments: StoreSubject.all) func aNodeHasSoManyStatesThatHold(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        var limits = RetentionLimits()
        limits.statesPerNodeMax = 3
        let store = try subject.open(place, limits)
        let states = (0..<5).map { Make.state("C\($0)") }
        _ = try await store.apply(Make.batch(sequence: 1, states: states), at: Make.start)
        #expect(try await store.hello(node: "n1").states?.count == 3)
        #expect(try await snapshot(store).dropped == 2)
        // One that ends makes room.
        _ = try await store.apply(
            Make.batch(
                sequence: 2, states: [Make.state("C0", isActive: false, last: Make.start + 1), Make.state("C9")]),
            at: Make.start)
        #expect(try await store.hello(node: "n1").states?.count == 3)
    }

    @Test(arguments: StoreSubject.all) func aNodeHasSoManyPositions(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        var limits = RetentionLimits()
        limits.positionsPerNodeMax = 4
        let store = try subject.open(place, limits)
        for number in 0..<10 {
            var batch = Make.batch(sequence: Int64(number + 1))
            batch.sources = [
                .init(
                    source: "kept", from: number == 0 ? nil : "p\(number - 1)", to: "p\(number)", resume: nil,
                    occurrences: []),
                .init(source: "new-\(number)", from: nil, to: "x", resume: nil, occurrences: []),
            ]
            guard case .applied(let answer) = try await store.apply(batch, at: Make.start + Double(number)) else {
                Issue.record("batch \(number) was refused")
                return
            }
            #expect(answer.positions.count <= 4)
            #expect(answer.positions["kept"]?.committed == "p\(number)", "what moves stays")
            #expect(answer.positions["new-\(number)"]?.committed == "x")
        }
        #expect(try await store.hello(node: "n1").positions.count == 4)
    }

    @Test(arguments: StoreSubject.all) func aSnapshotHasABoundThatNodesShare(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        var limits = RetentionLimits()
        limits.snapshotBytesMax = 60_000
        let store = try subject.open(place, limits)
        _ = try await store.apply(
            Make.batch(node: "v", sequence: 1, to: "p1", occurrences(10, bytes: 100)), at: Make.start)
        _ = try await store.apply(
            Make.batch(
                node: "hostile", sequence: 1, to: "p1", occurrences(20, bytes: 10_000), states: [Make.state()]),
            at: Make.start)
        let found = try await snapshot(store)
        #expect(found.findings.count { $0.node == "v" } == 10)
        #expect(found.findings.count { $0.isState } == 1, "what holds comes first")
        #expect(found.leftOut == 31 - found.findings.count)
        #expect(found.findings.reduce(0) { $0 + $1.detection.message.utf8.count } <= 60_000)
    }

    /// Ids are hashes that anybody can compute: one that meets another node's changes nothing there.
    @Test(arguments: StoreSubject.all) func anIdThatMeetsAnotherNodesChangesNothing(_ subject: StoreSubject)
        async throws
    {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        _ = try await store.apply(Make.batch(node: "v", sequence: 1, states: [Make.state()]), at: Make.start)
        let id = try await snapshot(store).findings[0].id
        if let sqlite = store as? SQLiteStore {
            // Such a name is a day's search; the row that it would write is made here.
            try await sqlite.write { database in
                try database.execute(
                    sql: "UPDATE finding SET id = ? WHERE id = ?",
                    arguments: [BatchApplier.id("n1", Make.state().key, "state", Make.start), id])
            }
            _ = try await store.apply(
                Make.batch(sequence: 1, states: [Make.state(isActive: false)]), at: Make.start)
            #expect(try await store.hello(node: "v").states?.count == 1)
            #expect(try await snapshot(store).dropped == 1)
        }
    }

    @Test(arguments: StoreSubject.all) func countsStopAtABoundInsteadOfOverflowing(_ subject: StoreSubject) async throws
    {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        for sequence in 1...3 {
            _ = try await store.apply(
                Make.batch(
                    sequence: Int64(sequence), from: sequence == 1 ? nil : "p\(sequence - 1)", to: "p\(sequence)",
                    [Make.occurrence(count: .max)]), at: Make.start)
        }
        #expect(try await snapshot(store).findings.map(\.count) == [Int(BatchApplier.countMax)])
    }

    @Test(arguments: StoreSubject.all) func aTimeFarAheadIsHeldToNow(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        let ahead = Make.start + 2 * 365 * Seconds.perDay
        _ = try await store.apply(
            Make.batch(
                sequence: 1, to: "p1", [Make.occurrence(at: ahead)], states: [Make.state(since: ahead, last: ahead)]),
            at: Make.start)
        #expect(try await snapshot(store).findings.map(\.last) == [Make.start, Make.start])
    }

    @Test(arguments: StoreSubject.all) func anAgentWhoseClockWasAheadIsReportingAgain(_ subject: StoreSubject)
        async throws
    {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        var wrong = Make.batch(sequence: 9, epoch: (Make.start + 2 * 365 * Seconds.perDay).microseconds)
        wrong.startedAfterBoot = 5
        _ = try await store.apply(wrong, at: Make.start)
        var right = Make.batch(
            sequence: 1, states: [Make.state()],
            observations: [Observation(check: "C", source: "s", outcome: .healthy, since: Make.start)],
            epoch: Make.start.microseconds)
        right.startedAfterBoot = 6
        _ = try await store.apply(right, at: Make.start + 60)
        let found = try await snapshot(store)
        #expect(found.nodes.map(\.lastReport) == [Make.start + 60])
        #expect(found.findings.count { $0.isState } == 1)
        #expect(found.observations.count == 1)
    }
}
