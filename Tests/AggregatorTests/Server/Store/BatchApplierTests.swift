import GRDB
import Testing

@testable import Findings
@testable import Platform
@testable import Store
@testable import Wire

/// How one batch changes the rows, beside what the contract suite asks of every store.
@Suite struct BatchApplierTests {
    private let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
        try SQLiteSchema.migrator.migrate(database)
    }

    @discardableResult
    private func apply(_ batch: Batch, findingsMax: Int = 100) throws -> ApplyResult {
        try database.write { database in
            var applier = BatchApplier(
                database: database, storeID: "s", limits: RetentionLimits(findingsPerNodeMax: findingsMax))
            return try applier.apply(batch, at: Make.start)
        }
    }

    private func findings() throws -> [Finding] {
        try database.read { try SQLiteRows.findings($0, since: Timestamp(microseconds: 0)) }
    }

    private func dropped() throws -> Int? {
        try database.read { try Int.fetchOne($0, sql: "SELECT dropped FROM node WHERE name = 'n1'") }
    }

    private func pieces(_ texts: [String]) -> [Evidence] {
        texts.map { Evidence(source: "kmsg", origin: "o", time: Make.start, text: $0) }
    }

    // MARK: Occurrences

    @Test func aFindingThatComesAgainKeepsTheWorstSeverityTheWholeSpanAndTheNewestWords() throws {
        let bad = Make.occurrence(
            Make.detection(severity: .danger, message: "old"), count: 2, at: Make.start + 100)
        try apply(Make.batch(sequence: 1, to: "p1", [bad]))
        let late = Make.occurrence(Make.detection(severity: .info, message: "new"), at: Make.start + 50)
        try apply(Make.batch(sequence: 2, from: "p1", to: "p2", [late]))
        let all = try findings()
        let one = try #require(all.first)
        #expect(all.count == 1)
        #expect(one.count == 3)
        #expect(one.detection.severity == .danger)
        #expect(one.detection.message == "new")
        #expect(one.first == Make.start + 50)
        #expect(one.last == Make.start + 100)
    }

    @Test func theFirstEvidenceIsKeptUpToItsLimit() throws {
        var position: String?
        for (number, texts) in [["a", "b"], ["c", "d"], ["e", "f"], ["g"]].enumerated() {
            var occurrence = Make.occurrence()
            occurrence.evidence = pieces(texts)
            try apply(Make.batch(sequence: Int64(number + 1), from: position, to: "p\(number)", [occurrence]))
            position = "p\(number)"
        }
        #expect(try findings().first?.evidence.map(\.text) == ["a", "b", "c", "d", "e"])
    }

    @Test(arguments: [(true, true, true), (true, false, false), (false, true, false)])
    func aRealLineMakesADemoReal(_ first: Bool, _ second: Bool, _ isDemo: Bool) throws {
        var one = Make.occurrence(), two = Make.occurrence()
        one.isDemo = first
        two.isDemo = second
        try apply(Make.batch(sequence: 1, to: "p1", [one]))
        try apply(Make.batch(sequence: 2, from: "p1", to: "p2", [two]))
        #expect(try findings().map(\.isDemo) == [isDemo])
    }

    // MARK: Sources

    private func batch(_ sequence: Int64, _ sources: [(name: String, from: String?, to: String)]) -> Batch {
        var batch = Make.batch(sequence: sequence)
        batch.sources = sources.map { source in
            Batch.Source(
                source: source.name, from: source.from, to: source.to, resume: nil,
                occurrences: [Make.occurrence(Make.detection(subject: source.name))])
        }
        return batch
    }

    @Test func oneSourceWithAGapRefusesTheOthersToo() throws {
        try apply(batch(1, [("a", nil, "a1"), ("b", nil, "b1")]))
        let before = try findings()
        let answer = try apply(batch(2, [("a", "a1", "a2"), ("b", "b0", "b2")]))
        guard case .conflict(let known) = answer else {
            Issue.record("source b does not follow what is committed, but the answer is \(answer)")
            return
        }
        #expect(known.positions.mapValues(\.committed) == ["a": "a1", "b": "b1"])
        #expect(try findings() == before)
    }

    @Test func aSourceThatIsCommittedIsPassedOverAndTheOtherIsTaken() throws {
        try apply(batch(1, [("a", nil, "a1")]))
        try apply(batch(2, [("a", nil, "a1"), ("b", nil, "b1")]))
        let counts = Dictionary(uniqueKeysWithValues: try findings().map { ($0.detection.subject, $0.count) })
        #expect(counts == ["a": 1, "b": 1])
    }

    /// Positions order records; sequences order states. One does not stand for the other.
    @Test func anOlderBatchGivesItsRecordsAndNotItsStates() throws {
        try apply(Make.batch(sequence: 5, states: [Make.state("NodeMemory")]))
        try apply(Make.batch(sequence: 4, to: "p1", [Make.occurrence()], states: [Make.state("NodeDisk")]))
        #expect(Set(try findings().map(\.detection.check)) == ["NodeMemory", "NodeOOM"])
    }

    // MARK: Limits

    @Test func aFullNodeRefusesNewFindingsAndStillCountsKnownOnes() throws {
        try apply(
            Make.batch(sequence: 1, to: "p1", [Make.occurrence(Make.detection(subject: "known"))]), findingsMax: 1)
        let more = [
            Make.occurrence(Make.detection(subject: "known"), count: 4),
            Make.occurrence(Make.detection(subject: "new"), count: 7),
        ]
        try apply(Make.batch(sequence: 2, from: "p1", to: "p2", more), findingsMax: 1)
        #expect(try findings().map(\.count) == [5])
        #expect(try dropped() == 7, "records, not findings")
    }

    @Test func aStateIsNeverRefused() throws {
        try apply(Make.batch(sequence: 1, to: "p1", [Make.occurrence()], states: [Make.state()]), findingsMax: 1)
        #expect(try findings().map(\.isState).count { $0 } == 1)
        #expect(try dropped() == 0)
    }

    // MARK: States and observations

    @Test func aStateWithANewBeginningEndsTheOneBefore() throws {
        try apply(Make.batch(sequence: 1, states: [Make.state(since: Make.start, last: Make.start + 5)]))
        let again = Make.state(since: Make.start + 60, last: Make.start + 70)
        try apply(Make.batch(sequence: 2, states: [again]))
        let all = try findings().sorted { $0.first < $1.first }
        try #require(all.count == 2)
        #expect(all[0].resolvedAt == Make.start + 70)
        #expect(all[1].resolvedAt == nil)
        #expect(all[1].first == Make.start + 60)
    }

    @Test func conditionsAreToldApartByTheirType() throws {
        try apply(
            Make.batch(
                sequence: 1, states: [Make.state(condition: "KernelDeadlock"), Make.state(condition: "XfsShutdown")]))
        try apply(Make.batch(sequence: 2, states: [Make.state(isActive: false, condition: "XfsShutdown")]))
        let holding = try findings().filter { $0.resolvedAt == nil }
        #expect(holding.map(\.condition) == ["KernelDeadlock"])
    }

    @Test func observationsStayUntilOthersCome() throws {
        func seen() throws -> [String] {
            try database.read { database in
                var reader = RowReader()
                return try reader.all(
                    database, sql: "SELECT * FROM observation ORDER BY node, check_id, source"
                ) { try $0.observation.observation.check }
            }
        }
        let one = Observation(check: "NodeDisk", source: "s", outcome: .healthy, since: Make.start)
        try apply(Make.batch(sequence: 1, observations: [one]))
        try apply(Make.batch(sequence: 2, observations: nil))
        #expect(try seen() == ["NodeDisk"])
        try apply(Make.batch(sequence: 3, observations: []))
        #expect(try seen() == [])
    }
}
