import Testing

@testable import RuleEngine

@Suite struct MessageTemplateTests {
    @Test(
        arguments: [
            ("{a} and {b}", ["a": "1", "b": "2"], "1 and 2"), ("{a} and {b}", ["a": "1"], "1 and ?"),
            ("{line}!", [:], "the line!"), ("{{a}} is {a}", ["a": "1"], "{a} is 1"),
            ("killed[[, cgroup {cgroup}]]", ["cgroup": "/x"], "killed, cgroup /x"),
            ("killed[[, cgroup {cgroup}]]", [:], "killed"), ("[[{a} {b}]]", ["a": "1"], ""),
            ("a ]] b", [:], "a ]] b"), ("", [:], ""), ("{ü}", ["ü": "é"], "é"),
        ] as [(String, [String: String], String)])
    func renders(_ source: String, _ captures: [String: String], _ text: String) throws {
        #expect(try MessageTemplate(source).render(captures, line: "the line") == text)
    }

    @Test func namesItsCapturesButNotTheLine() throws {
        let template = try MessageTemplate("{a}[[ {b} {line}]] {{c}}")
        #expect(template.names == ["a", "b"])
        #expect(template.source == "{a}[[ {b} {line}]] {{c}}")
    }

    @Test(arguments: ["{a", "x [[{a}", "[[ {a ]]"]) func refusesUnbalancedBraces(_ source: String) {
        #expect(throws: MessageTemplate.Problem.self) { try MessageTemplate(source) }
    }
}
