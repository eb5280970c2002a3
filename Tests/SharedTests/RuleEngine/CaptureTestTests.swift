import Testing

@testable import Platform
@testable import RuleEngine
@testable import Wire

@Suite struct CaptureTestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var test: String
        var captures: [String: String]
        var outcome: CaptureTest.Outcome
        var testDescription: String { "\(test) \(captures)" }

        init(_ test: String, _ captures: [String: String], _ outcome: CaptureTest.Outcome) {
            self.test = test
            self.captures = captures
            self.outcome = outcome
        }
    }

    @Test(arguments: [
        Case("abs(offset) >= 1.0", ["offset": "-3.412"], .holds),
        Case("abs(offset) >= 1.0", ["offset": "0.002131"], .fails),
        Case("abs( offset )>=1s", ["offset": "1"], .holds),
        Case("count > 3", ["count": "3"], .fails), Case("count > 3", ["count": "4"], .holds),
        Case("count >= 3", ["count": "3"], .holds), Case("count < 3", ["count": "2"], .holds),
        Case("count <= 2", ["count": "2"], .holds), Case("count == 0x10", ["count": "16"], .holds),
        Case("count != 0", ["count": "0"], .fails),
        Case("took >= 500ms", ["took": "0.5"], .holds), Case("took >= 500ms", ["took": "312ms"], .fails),
        Case("took > 3m", ["took": "3m5.2s"], .holds), Case("took > 1h", ["took": "2562047h47m16s"], .holds),
        Case("size >= 1Gi", ["size": "856872kB"], .fails), Case("size >= 800Mi", ["size": "856872kB"], .holds),
        Case("size > 1k", ["size": "1000"], .fails), Case("share > 90%", ["share": "91%"], .holds),
        Case("heat >= 100C", ["heat": "105 C"], .holds), Case("heat >= 100", ["heat": "99"], .fails),
        Case("active < total", ["active": "1", "total": "2"], .holds),
        Case("active < total", ["active": "2", "total": "2"], .fails),
        Case("active < total", ["active": "1"], .notCaptured), Case("count > 3", [:], .notCaptured),
        Case("count > 3", ["count": "many"], .notANumber("many")),
        Case("device !~ '^(?:loop|sr)\\d'", ["device": "loop3"], .fails),
        Case("device !~ '^(?:loop|sr)\\d'", ["device": "sda"], .holds),
        Case("device =~ ^nvme", ["device": "nvme0n1"], .holds), Case("device =~ ^nvme", ["device": "sda"], .fails),
    ]) func judges(_ one: Case) throws {
        let test = try CaptureTest(one.test)
        #expect(test.outcome(one.captures) == one.outcome)
        #expect(test.outcome(one.captures).counts == [.holds, .notCaptured].contains(one.outcome))
    }

    @Test(arguments: [
        "", "offset", "offset >=", ">= 1", "offset => 1", "offset >= 5 parsecs", "abs(offset) =~ x", "device =~ '('",
        "a b > 1",
    ]) func refuses(_ text: String) { #expect(throws: CaptureTest.Problem.self) { try CaptureTest(text) } }

    private func read(_ rule: String) -> RuleFile {
        RuleFile.read(
            Array(
                "apiVersion: ke/v1\nkind: LogRules\nsource: { journald: { transport: kernel } }\nrules:\n\(rule)\n".utf8
            ),
            name: "w.yaml")
    }

    @Test func aRuleFileSaysWhatIsWrong() {
        let file = read(
            """
              - { id: a, reason: R, pattern: 'off by (?P<offset>\\S+)', where: 'ofset > 1' }
              - { id: b, reason: R, pattern: 'off by (?P<offset>\\S+)', where: ['offset >> 1'] }
              - { id: c, reason: R, pattern: 'off by', where: ['offset > 1', 'offset < 3'] }
              - { id: d, reason: R, pattern: 'off by (?P<offset>\\S+)', where: ['abs(offset) > 10ms'] }
            """)
        #expect(file.errors.count == 3)
        #expect(file.errors.first?.message.contains("captured are offset") == true)
        #expect(file.rules.map(\.id) == ["d"])
        let written = RuleWriter.file(file.rules)
        #expect(RuleFile.read(Array(written.utf8), name: "again.yaml").rules.first?.tests == file.rules.first?.tests)
    }

    /// A line that the tests refuse is left to later rules.
    @Test func aRefusedLineIsNotClaimed() throws {
        let set = RuleSet(files: [
            read(
                """
                  - { id: large, reason: Large, pattern: 'off by (?P<offset>\\S+)', where: 'abs(offset) >= 1s' }
                  - { id: small, reason: Small, pattern: 'off by' }
                """)
        ])
        func found(_ line: String) -> [String] {
            let trial = RuleTrial(set, seconds: { 0 })
            trial.feed(Array(line.utf8).span, time: Timestamp(seconds: 1))
            return trial.results.map(\.rule)
        }
        #expect(found("off by -2.5s") == ["large"])
        #expect(found("off by 2ms") == ["small"])
        let explained = RuleTrial.explain("off by 2ms", in: set) { _ in true }
        #expect(explained.contains("  where abs(offset) >= 1s: does not hold, {offset} is 2ms"))
        #expect(explained.contains("  matches, but not all of `where:` holds: no finding"))
    }
}
