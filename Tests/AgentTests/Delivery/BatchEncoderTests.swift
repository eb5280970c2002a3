import Foundation
import Testing

@testable import Delivery
@testable import Findings
@testable import Platform
@testable import Wire

@Suite struct BatchEncoderTests {
    private func batch(texts: [String] = [], vitals: Vitals = Vitals()) -> Batch {
        let time = Timestamp(seconds: 1_700_000_000)
        let occurrences = texts.enumerated().map { index, text in
            Occurrence(
                Detection(
                    check: "C", rule: "r", reason: "R", severity: .info, object: .node("n"), subject: "\(index)",
                    message: "m"),
                time: time, evidence: [Evidence(source: "s", origin: "o", time: time, text: text)])
        }
        return Batch(
            node: "n", agentID: "a", epoch: 1, sequence: 1, bootID: "b", sentAt: time,
            sources: [.init(source: "s", from: nil, to: "p", resume: nil, occurrences: occurrences)], states: [],
            observations: nil, vitals: vitals)
    }

    private func decoded(_ encoded: BatchEncoder.Encoded) throws -> Batch {
        try JSONDecoder().decode(Batch.self, from: Data(encoded.bytes))
    }

    @Test func writesABatchAsItIs() throws {
        let batch = batch(texts: ["a"])
        let encoded = try BatchEncoder.encode(batch)
        #expect(try decoded(encoded) == batch)
        #expect(encoded.droppedCount == 0)
        #expect(encoded.problem == nil)
    }

    @Test func overTheLimitEvidenceGoesAndCountsStay() throws {
        let texts = Array(repeating: String(repeating: "x", count: Batch.bytesMax / 4), count: 5)
        let encoded = try BatchEncoder.encode(batch(texts: texts))
        #expect(encoded.bytes.count <= Batch.bytesMax)
        let read = try decoded(encoded)
        #expect(read.sources.first?.occurrences.map(\.count) == [1, 1, 1, 1, 1])
        #expect(read.sources.first?.occurrences.allSatisfy { $0.evidence.isEmpty } == true)
    }

    /// What the agent says of itself must not hold up what it found.
    @Test func aNumberThatIsNoneDoesNotHoldUpTheRest() throws {
        var vitals = Vitals()
        vitals.cpuSeconds = .nan
        let encoded = try BatchEncoder.encode(batch(texts: ["a"], vitals: vitals))
        let read = try decoded(encoded)
        #expect(read.sources.first?.occurrences.count == 1)
        #expect(read.vitals.cpuSeconds == 0)
        #expect(encoded.problem != nil)
        #expect(encoded.droppedCount == 0)
    }

    @Test func takesOutWhatCannotBeEncoded() {
        var numbers = [1.0, .infinity, 2.0]
        let gone = BatchEncoder.removeUnencodable(&numbers, JSONEncoder())
        #expect(numbers == [1, 2])
        #expect(gone == [.infinity])
    }
}
