import Testing

@testable import CLI
@testable import Platform
@testable import Web
@testable import Wire

@Suite struct FleetTrialTests {
    private func result(_ node: String, findings: Int, lines: Int = 1, problems: [String] = []) -> TrialResult {
        var tally = TrialResult.Tally(rule: "fan")
        tally.findings = findings
        tally.matches = findings
        tally.examples = ["fan is slow"]
        return TrialResult(trial: "t", node: node, lines: lines, tallies: [tally], problems: problems)
    }

    @Test func oneOfEachAgreesWithItsNumber() {
        let text = FleetTrial.text(TrialStatus(id: "t", asked: ["n1"], results: [result("n1", findings: 1)]))
        #expect(text.contains("fan  1 finding of 1 line on 1 of 1 node  first -  last -"))
        #expect(text.contains("1 of 1 node answered, 1 line read"))
    }

    @Test func theWorstNodesComeFirstAndTheRestIsCounted() {
        let results = (1...7).map { result("n\($0)", findings: $0, lines: 10) }
        let text = FleetTrial.text(TrialStatus(id: "t", asked: results.map(\.node), results: results))
        #expect(text.contains("    n7 7, n6 6, n5 5, n4 4, n3 3 and 2 more nodes"))
        #expect(text.contains("fan  28 findings of 28 lines on 7 of 7 nodes"))
        #expect(text.contains("7 of 7 nodes answered, 70 lines read"))
    }

    @Test func nodesWithoutAnAnswerAndProblemsAreNamed() {
        let failed = TrialResult(trial: "t", node: "n1", lines: 0, tallies: [], problems: ["kmsg: forbidden"])
        let text = FleetTrial.text(TrialStatus(id: "t", asked: ["n1", "n2"], results: [failed]))
        #expect(text.contains("Nothing found."))
        #expect(text.contains("n1: kmsg: forbidden"))
        #expect(text.contains("no answer yet from n2"))
    }
}
