import Testing

@testable import Delivery
@testable import Findings
@testable import Platform
@testable import Wire

/// What is sent after a refusal: ever smaller parts, and counts in every form.
@Suite struct BatchPartsTests {
    private static let start = Timestamp(seconds: 1_700_000_000)

    @Test func kindsAreSentApartFirst() {
        var parts = BatchParts()
        #expect(parts.one(hasObservations: true, hasStates: true) == nil)
        #expect(parts.refused(ledgers: 2, states: 3, hasObservations: true) == .sendOtherwise)
        #expect(parts.one(hasObservations: true, hasStates: true) == .observations)
        #expect(parts.one(hasObservations: false, hasStates: true) == .states)
        #expect(parts.one(hasObservations: false, hasStates: false) == .ledgers)
        parts.succeeded()
        #expect(parts == BatchParts())
    }

    @Test func onlyTheStateThatIsRefusedIsGivenUp() {
        var parts = BatchParts()
        var tries = 0
        while parts.refused(ledgers: 0, states: parts.statesMax, hasObservations: false) == .sendOtherwise {
            tries += 1
        }
        #expect(tries == 7)
        #expect(parts.statesMax == 1)
        #expect(parts.refused(ledgers: 0, states: 1, hasObservations: false) == .giveUpState)
    }

    @Test func findingsAreReducedAndNeverGivenUp() {
        var parts = BatchParts()
        #expect(parts.refused(ledgers: 3, states: 0, hasObservations: false) == .sendOtherwise)
        #expect(parts.ledgersMax == 1)
        var forms: [BatchReduction] = []
        while parts.refused(ledgers: 1, states: 0, hasObservations: false) == .sendOtherwise {
            forms.append(parts.reduction)
        }
        #expect(forms == [.withoutEvidence, .shortTexts, .countsAlone])
        #expect(parts.refused(ledgers: 1, states: 0, hasObservations: false) == .wait)
    }

    private func batch(message: String) -> Batch {
        let occurrences = (0..<300).map { number in
            var one = Occurrence(
                Detection(
                    check: "C", rule: "r", reason: "R", severity: .info, object: .node("n"), subject: "\(number)",
                    message: message, remedy: message),
                count: 2, time: Self.start + Double(number), evidence: [])
            one.last = Self.start + Double(number) + 1
            return one
        }
        return Batch(
            node: "n", agentID: "a", epoch: 1, sequence: 1, bootID: "b", sentAt: Self.start,
            sources: [.init(source: "journal", from: "p0", to: "p1", resume: nil, occurrences: occurrences)],
            states: [], observations: nil, vitals: Vitals())
    }

    @Test(arguments: [BatchReduction.none, .withoutEvidence, .shortTexts, .countsAlone])
    func everyFormHasTheSameCounts(_ form: BatchReduction) {
        var reduced = batch(message: String(repeating: "m", count: 1000))
        form.apply(to: &reduced)
        reduced.fit()
        #expect(reduced.problem == nil)
        #expect(reduced.sources[0].occurrences.reduce(0) { $0 + $1.count } == 600)
        #expect(reduced.sources[0].to == "p1")
        #expect(reduced.sources[0].occurrences.map(\.first).min() == Self.start)
        #expect(reduced.sources[0].occurrences.map(\.last).max() == Self.start + 300)
    }

    @Test func aBatchOfLongTextsIsWithinItsLimit() throws {
        let encoded = try BatchEncoder.encode(batch(message: String(repeating: "m", count: 30_000)))
        #expect(encoded.bytes.count <= Batch.bytesMax)
        #expect(encoded.droppedCount == 0)
    }
}
