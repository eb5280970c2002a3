import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Store
@testable import Wire

/// Makes batches with what a test cares about.
enum Make {
    static let start = Timestamp(seconds: 1_700_000_000)

    static func detection(
        _ check: String = "NodeOOM", subject: String = "", severity: Severity = .warning, message: String = "m"
    ) -> Detection {
        Detection(
            check: check, rule: "r", reason: "R", severity: severity, object: .node("n1"), subject: subject,
            message: message)
    }

    static func occurrence(_ detection: Detection = detection(), count: Int = 1, at time: Timestamp = start)
        -> Occurrence
    {
        Occurrence(
            detection, count: count, time: time,
            evidence: [Evidence(source: "kmsg", origin: "o", time: time, text: "line")])
    }

    static func state(
        _ check: String = "NodeDisk", isActive: Bool = true, since: Timestamp = start, last: Timestamp = start,
        condition: String = ""
    ) -> StateReport {
        StateReport(
            detection(check), isActive: isActive, since: since, last: last, condition: condition, owner: "o",
            bootID: "b")
    }

    static func batch(
        node: String = "n1", sequence: Int64, from: String? = nil, to: String? = nil, _ occurrences: [Occurrence] = [],
        states: [StateReport] = [],
        observations: [Observation]? = nil, epoch: Int64 = 1
    ) -> Batch {
        let sources =
            to == nil
            ? [] : [Batch.Source(source: "journal", from: from, to: to, resume: nil, occurrences: occurrences)]
        return Batch(
            node: node, agentID: "a", epoch: epoch, sequence: sequence, bootID: "b", sentAt: start, sources: sources,
            states: states,
            observations: observations, vitals: Vitals())
    }
}

/// A store, and where its data lives when it is closed.
struct StoreSubject: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Opens a store on a place; the same place again opens what was written there.
    let open: @Sendable (StorePlace, RetentionLimits) throws -> any Store

    static let all: [StoreSubject] = [
        StoreSubject(testDescription: "SQLite") { place, limits in
            try SQLiteStore(
                path: place.folder.path + "/s.sqlite", limits: limits, newID: UUID().uuidString, now: Make.start)
        },
        StoreSubject(testDescription: "memory") { place, limits in
            MemoryStore(on: place.disk, limits: limits, newID: UUID().uuidString, now: Make.start)
        },
    ]
}

struct StorePlace: Sendable {
    let folder: TemporaryFolder
    let disk = MemoryStore.Disk()

    init() throws { folder = try TemporaryFolder() }
}

/// What every store promises; run over each.
@Suite struct StoreContractTests {
    private func findings(_ store: any Store) async throws -> [Finding] {
        try await store.snapshot(since: Timestamp(microseconds: 0), now: Make.start).findings
    }

    @Test(arguments: StoreSubject.all) func aSnapshotOfSomeNodesHoldsTheirsAlone(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        let seen = Observation(check: "NodeDisk", source: "s", outcome: .healthy, since: Make.start, detail: "")
        for node in ["n1", "n2"] {
            _ = try await store.apply(
                Make.batch(node: node, sequence: 1, to: "p1", [Make.occurrence()], observations: [seen]), at: Make.start
            )
        }
        let all = try await store.snapshot(since: Make.start, now: Make.start)
        let some = try await store.snapshot(of: ["n2", "n3"], since: Make.start, now: Make.start)
        #expect(all.nodes.count == 2)
        #expect(some.nodes == all.nodes.filter { $0.name == "n2" })
        #expect(some.findings == all.findings.filter { $0.node == "n2" })
        #expect(some.findings.count == 1)
        #expect(some.observations == all.observations.filter { $0.node == "n2" })
        #expect(some.observations.count == 1)
        #expect(try await store.snapshot(of: ["n2"], since: Make.start + 1, now: Make.start).findings == [])
    }

    @Test(arguments: StoreSubject.all) func appliesABatchOnce(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        let batch = Make.batch(sequence: 1, to: "p1", [Make.occurrence(count: 3)])
        for _ in 0..<3 {
            guard case .applied(let answer) = try await store.apply(batch, at: Make.start) else {
                Issue.record("the batch was refused")
                return
            }
            #expect(answer.positions["journal"]?.committed == "p1")
        }
        #expect(try await findings(store).map(\.count) == [3])
    }

    @Test(arguments: StoreSubject.all) func refusesAGapAndChangesNothing(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        _ = try await store.apply(Make.batch(sequence: 1, to: "p1", [Make.occurrence()]), at: Make.start)
        let wrong = Make.batch(sequence: 2, from: "p0", to: "p2", [Make.occurrence()], states: [Make.state()])
        guard case .conflict(let answer) = try await store.apply(wrong, at: Make.start) else {
            Issue.record("a batch behind a gap was applied")
            return
        }
        #expect(answer.positions["journal"]?.committed == "p1")
        #expect(try await findings(store).count == 1)
        guard
            case .applied = try await store.apply(
                Make.batch(sequence: 3, from: "p1", to: "p2", [Make.occurrence()]), at: Make.start)
        else {
            Issue.record("the batch that follows was refused")
            return
        }
        #expect(try await findings(store).map(\.count) == [2])
    }

    @Test(arguments: StoreSubject.all) func remembersAcrossReopening(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let first = try subject.open(place, RetentionLimits())
        _ = try await first.apply(
            Make.batch(sequence: 1, to: "p1", [Make.occurrence()], states: [Make.state(condition: "KernelDeadlock")]),
            at: Make.start)
        await first.close()
        let second = try subject.open(place, RetentionLimits())
        #expect(second.storeID == first.storeID)
        let hello = try await second.hello(node: "n1")
        #expect(hello.positions["journal"]?.committed == "p1")
        #expect(hello.states?.map(\.condition) == ["KernelDeadlock"])
        #expect(try await second.hello(node: "n2").positions.isEmpty)
    }

    @Test(arguments: StoreSubject.all) func newStoresHaveNewIDs(_ subject: StoreSubject) throws {
        let a = try StorePlace(), b = try StorePlace()
        #expect(
            try subject.open(a, RetentionLimits()).storeID != subject.open(b, RetentionLimits()).storeID)
    }

    @Test(arguments: StoreSubject.all) func mergesWithinTenMinutesAndNotBeyond(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        _ = try await store.apply(Make.batch(sequence: 1, to: "p1", [Make.occurrence()]), at: Make.start)
        _ = try await store.apply(
            Make.batch(sequence: 2, from: "p1", to: "p2", [Make.occurrence(at: Make.start + 599)]), at: Make.start)
        #expect(try await findings(store).map(\.count) == [2])
        _ = try await store.apply(
            Make.batch(sequence: 3, from: "p2", to: "p3", [Make.occurrence(at: Make.start + 1300)]), at: Make.start)
        #expect(try await findings(store).map(\.count).sorted() == [1, 2])
    }

    @Test(arguments: StoreSubject.all) func statesAreIdempotentAndEnd(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        for sequence in 1...3 {
            _ = try await store.apply(
                Make.batch(sequence: Int64(sequence), states: [Make.state(last: Make.start + Double(sequence))]),
                at: Make.start)
        }
        #expect(try await findings(store).count == 1)
        #expect(try await findings(store).first?.last == Make.start + 3)
        _ = try await store.apply(
            Make.batch(sequence: 4, states: [Make.state(isActive: false, last: Make.start + 9)]), at: Make.start)
        #expect(try await findings(store).first?.resolvedAt == Make.start + 9)
        #expect(try await store.hello(node: "n1").states?.isEmpty == true)
        // It comes back: a new row, the old one stays ended.
        _ = try await store.apply(
            Make.batch(sequence: 5, states: [Make.state(since: Make.start + 20, last: Make.start + 20)]), at: Make.start
        )
        #expect(try await findings(store).count == 2)
    }

    @Test(arguments: StoreSubject.all) func ignoresStatesThatAreOlderThanWhatItHas(_ subject: StoreSubject) async throws
    {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        let late = Make.batch(sequence: 1, states: [Make.state()])
        _ = try await store.apply(Make.batch(sequence: 2, states: [Make.state(isActive: false)]), at: Make.start)
        _ = try await store.apply(late, at: Make.start)
        #expect(
            try await store.hello(node: "n1").states?.isEmpty == true, "a delayed batch must not bring a state back")
        _ = try await store.apply(Make.batch(sequence: 1, states: [Make.state()], epoch: 2), at: Make.start)
        #expect(try await store.hello(node: "n1").states?.count == 1, "a restarted agent counts from one again")
    }

    @Test(arguments: StoreSubject.all) func boundsFindingsPerNodeAndCountsTheRest(_ subject: StoreSubject) async throws
    {
        let place = try StorePlace()
        var limits = RetentionLimits()
        limits.findingsPerNodeMax = 5
        let store = try subject.open(place, limits)
        let many = (0..<8).map { Make.occurrence(Make.detection(subject: "s\($0)"), count: 2) }
        _ = try await store.apply(Make.batch(sequence: 1, to: "p1", many), at: Make.start)
        let snapshot = try await store.snapshot(since: Timestamp(microseconds: 0), now: Make.start)
        #expect(snapshot.findings.count == 5)
        #expect(snapshot.dropped == 6)
    }

    @Test(arguments: StoreSubject.all) func letsGoOfWhatIsOldButNotOfWhatHolds(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        _ = try await store.apply(
            Make.batch(sequence: 1, to: "p1", [Make.occurrence()], states: [Make.state()]), at: Make.start)
        try await store.retain(RetentionLimits(), at: Make.start + 4 * 86_400)
        #expect(try await findings(store).count == 2)
        #expect(try await findings(store).allSatisfy { $0.evidence.isEmpty }, "evidence lives three days")
        try await store.retain(RetentionLimits(), at: Make.start + 8 * 86_400)
        #expect(try await findings(store).map(\.isState) == [true])
    }

    /// Nodes of a group that grows and shrinks have a new name each time.
    @Test(arguments: StoreSubject.all) func forgetsNodesThatLeft(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        let observations = [Observation(check: "C", source: "s", outcome: .healthy, since: Make.start)]
        for (node, states) in [("gone", []), ("gone-with-state", [Make.state()]), ("stays", [])] {
            _ = try await store.apply(
                Make.batch(
                    node: node, sequence: 1, to: "p1", [Make.occurrence()], states: states,
                    observations: observations), at: Make.start)
        }
        let later = Make.start + 8 * 86_400
        _ = try await store.apply(
            Make.batch(node: "stays", sequence: 2, from: "p1", to: "p2"), at: later - 3600)
        try await store.retain(RetentionLimits(), at: later)
        let snapshot = try await store.snapshot(since: Make.start, now: later)
        #expect(snapshot.nodes.map(\.name) == ["gone-with-state", "stays"])
        #expect(Set(snapshot.observations.map(\.node)) == ["gone-with-state", "stays"])
        #expect(try await store.hello(node: "gone").positions.isEmpty)
        #expect(try await store.hello(node: "gone-with-state").positions.isEmpty)
        #expect(try await store.hello(node: "stays").positions.count == 1)
    }

    @Test(arguments: StoreSubject.all) func keepsTheStoreBelowItsSize(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        for sequence in 1...20 {
            let many = (0..<100).map {
                Make.occurrence(
                    Make.detection(subject: "\(sequence)-\($0)", message: String(repeating: "m", count: 2000)),
                    at: Make.start + Double(sequence))
            }
            _ = try await store.apply(
                Make.batch(
                    sequence: Int64(sequence), from: sequence == 1 ? nil : "p\(sequence - 1)", to: "p\(sequence)", many),
                at: Make.start)
        }
        var limits = RetentionLimits()
        limits.storeBytesMax = 2 << 20
        try await store.retain(limits, at: Make.start)
        let left = try await findings(store)
        #expect(left.count < 2000)
        #expect(!left.isEmpty)
        #expect(left.map(\.first).min().map { $0 > Make.start + 1 } == true, "the oldest go first")
    }

    @Test(arguments: StoreSubject.all) func manyWritersAtOnceLoseNothing(_ subject: StoreSubject) async throws {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in 0..<20 {
                group.addTask {
                    for step in 1...20 {
                        let batch = Make.batch(
                            node: "n\(node)", sequence: Int64(step), from: step == 1 ? nil : "p\(step - 1)",
                            to: "p\(step)", [Make.occurrence()])
                        guard case .applied = try await store.apply(batch, at: Make.start) else {
                            throw CancellationError()
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await findings(store).map(\.count) == Array(repeating: 20, count: 20))
    }

    @Test(arguments: StoreSubject.all) func versionsThatChangeAreRememberedWithTheirTime(_ subject: StoreSubject)
        async throws
    {
        let place = try StorePlace()
        let store = try subject.open(place, RetentionLimits())
        try await store.note(versions: ["n1": ["kernel": "6.1.0", "kubelet": "v1.30.1"]], at: Make.start)
        try await store.note(versions: ["n1": ["kernel": "6.1.9"], "n2": ["kernel": "6.1.9"]], at: Make.start + 60)
        try await store.note(versions: ["n1": ["kernel": "6.1.9"]], at: Make.start + 120)
        await store.close()
        // A restart neither forgets what was nor doubles what changed.
        let again = try subject.open(place, RetentionLimits())
        try await again.note(versions: ["n1": ["kubelet": "v1.31.4"]], at: Make.start + 180)
        let changes = try await again.snapshot(since: Make.start, now: Make.start + 200).changes
        #expect(
            changes == [
                NodeChange(node: "n1", what: "kernel", old: "6.1.0", new: "6.1.9", time: Make.start + 60),
                NodeChange(node: "n1", what: "kubelet", old: "v1.30.1", new: "v1.31.4", time: Make.start + 180),
            ])
        #expect(try await again.snapshot(since: Make.start + 100, now: Make.start + 200).changes?.count == 1)
        try await again.retain(RetentionLimits(resolvedSeconds: 100), at: Make.start + 200)
        #expect(try await again.snapshot(since: Make.start, now: Make.start + 200).changes?.map(\.what) == ["kubelet"])
    }
}
