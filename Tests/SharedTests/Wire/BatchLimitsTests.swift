import Foundation
import Testing

@testable import Findings
@testable import Platform
@testable import Wire

/// Each number of a batch at its limits, each text at its length: what is beyond is refused before it is applied, and
/// what an agent sends is within.
@Suite struct BatchLimitsTests {
    static let start = Timestamp(seconds: 1_700_000_000)

    static func batch() -> Batch {
        let detection = Detection(
            check: "C", rule: "r", reason: "R", severity: .info, object: .node("n"), subject: "s", message: "m",
            also: ["A"], remedy: "x", deadline: start)
        let evidence = [Evidence(source: "s", origin: "o", time: start, text: "t")]
        return Batch(
            node: "n", agentID: "a", epoch: 1, sequence: 1, bootID: "b", sentAt: start,
            sources: [
                .init(
                    source: "journal", from: nil, to: "p", resume: nil,
                    occurrences: [Occurrence(detection, time: start, evidence: evidence)])
            ],
            states: [
                StateReport(
                    detection, since: start, last: start, condition: "X", owner: "o", bootID: "b", expires: start,
                    evidence: evidence)
            ],
            observations: [Observation(check: "C", source: "s", outcome: .healthy, since: start, detail: "d")],
            vitals: Vitals(), startedAfterBoot: 1)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let change: @Sendable (inout Batch) -> Void

        init(_ name: String, _ change: @escaping @Sendable (inout Batch) -> Void) {
            testDescription = name
            self.change = change
        }
    }

    private static func text(_ bytes: Int) -> String { String(repeating: "x", count: bytes) }

    private static let numbers: [Case] = [0, -1, Int.min, WireLimits.countMax + 1, Int.max].map { count in
        Case("count \(count)") { $0.sources[0].occurrences[0].count = count }
    }

    private static let times: [Case] = [Int64.min, -1, WireLimits.times.upperBound.microseconds + 1, .max].flatMap {
        number -> [Case] in
        let time = Timestamp(microseconds: number)
        return [
            Case("first \(number)") { $0.sources[0].occurrences[0].first = time },
            Case("last \(number)") { $0.sources[0].occurrences[0].last = time },
            Case("deadline \(number)") { $0.sources[0].occurrences[0].detection.deadline = time },
            Case("evidence \(number)") { $0.sources[0].occurrences[0].evidence[0].time = time },
            Case("state's since \(number)") { $0.states[0].since = time },
            Case("state's last \(number)") { $0.states[0].last = time },
            Case("state's end \(number)") { $0.states[0].expires = time },
            Case("state's deadline \(number)") { $0.states[0].detection.deadline = time },
            Case("observation \(number)") { $0.observations?[0].since = time },
            Case("sent \(number)") { $0.sentAt = time },
            Case("epoch \(number)") { $0.epoch = number },
            Case("sequence \(number)") { $0.sequence = number },
            Case("start \(number)") { $0.startedAfterBoot = number },
            Case("lines \(number)") { $0.vitals.linesRead = number },
        ].filter { number == .min || number == .max || number == -1 || !$0.testDescription.contains("lines ") }
            .filter {
                number != WireLimits.times.upperBound.microseconds + 1 || !$0.testDescription.contains("sequence")
            }
    }

    private static let texts: [Case] = [
        Case("check") { $0.sources[0].occurrences[0].detection.check = text(WireLimits.nameBytesMax + 1) },
        Case("rule") { $0.sources[0].occurrences[0].detection.rule = text(WireLimits.nameBytesMax + 1) },
        Case("reason") { $0.sources[0].occurrences[0].detection.reason = text(WireLimits.nameBytesMax + 1) },
        Case("kind") { $0.states[0].detection.object.kind = text(WireLimits.nameBytesMax + 1) },
        Case("namespace") { $0.states[0].detection.object.namespace = text(WireLimits.nameBytesMax + 1) },
        Case("name") { $0.states[0].detection.object.name = text(WireLimits.nameBytesMax + 1) },
        Case("uid") { $0.states[0].detection.object.uid = text(WireLimits.nameBytesMax + 1) },
        Case("subject") { $0.sources[0].occurrences[0].detection.subject = text(WireLimits.subjectBytesMax + 1) },
        Case("message") { $0.sources[0].occurrences[0].detection.message = text(WireLimits.textBytesMax + 1) },
        Case("remedy") { $0.states[0].detection.remedy = text(WireLimits.textBytesMax + 1) },
        Case("also") { $0.states[0].detection.also = [text(WireLimits.nameBytesMax + 1)] },
        Case("evidence's text") { $0.states[0].evidence[0].text = text(WireLimits.textBytesMax + 1) },
        Case("evidence's source") { $0.states[0].evidence[0].source = text(WireLimits.pathBytesMax + 1) },
        Case("evidence's origin") { $0.states[0].evidence[0].origin = text(Batch.positionBytesMax + 1) },
        Case("condition") { $0.states[0].condition = text(WireLimits.nameBytesMax + 1) },
        Case("owner") { $0.states[0].owner = text(WireLimits.nameBytesMax + 1) },
        Case("state's boot") { $0.states[0].bootID = text(WireLimits.idBytesMax + 1) },
        Case("boot") { $0.bootID = text(WireLimits.idBytesMax + 1) },
        Case("observation's check") { $0.observations?[0].check = text(WireLimits.nameBytesMax + 1) },
        Case("observation's source") { $0.observations?[0].source = text(WireLimits.pathBytesMax + 1) },
        Case("observation's detail") { $0.observations?[0].detail = text(WireLimits.textBytesMax + 1) },
        Case("version") { $0.vitals.agentVersion = text(WireLimits.nameBytesMax + 1) },
        Case("digest") { $0.vitals.instructionsDigest = text(WireLimits.idBytesMax + 1) },
    ]

    private static let lists: [Case] = [
        Case("many pieces of evidence") {
            $0.states[0].evidence = Array(repeating: $0.states[0].evidence[0], count: WireLimits.evidenceMax + 1)
        },
        Case("many other checks") {
            $0.states[0].detection.also = Array(repeating: "A", count: WireLimits.alsoMax + 1)
        },
    ]

    /// What only a stranger sends: an agent neither names sources nor positions so.
    private static let foreign: [Case] = [
        Case("source") { $0.sources[0].source = text(1 << 20) },
        Case("no source") { $0.sources[0].source = "" },
        Case("position") { $0.sources[0].to = text(Batch.positionBytesMax + 1) },
        Case("sources") { $0.sources = Array(repeating: $0.sources[0], count: Batch.sourcesMax + 1) },
        Case("node") { $0.node = text(Batch.nodeBytesMax + 1) },
    ]

    @Test func aBatchWithinTheLimitsIsTaken() { #expect(Self.batch().problem == nil) }

    @Test(arguments: numbers + times + texts + lists + foreign) func whatIsBeyondALimitIsRefused(_ given: Case) {
        var batch = Self.batch()
        given.change(&batch)
        #expect(batch.problem != nil)
    }

    @Test(arguments: texts + lists) func whatAnAgentSendsIsCutToTheLimits(_ given: Case) {
        var batch = Self.batch()
        given.change(&batch)
        batch.fit()
        #expect(batch.problem == nil)
        #expect(batch.sources[0].occurrences.map(\.count) == [1])
    }

    @Test func aCountOverItsLimitIsSplit() {
        var batch = Self.batch()
        batch.sources[0].occurrences[0].count = 2 * WireLimits.countMax + 7
        batch.fit()
        #expect(batch.problem == nil)
        #expect(batch.sources[0].occurrences.map(\.count) == [WireLimits.countMax, WireLimits.countMax, 7])
    }

    @Test func whatAnAgentSaysOfItselfIsHeldToTheLimits() {
        var batch = Self.batch()
        batch.vitals.linesRead = .max
        batch.vitals.cpuSeconds = .infinity
        batch.fit()
        #expect(batch.problem == nil)
    }
}
