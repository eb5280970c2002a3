import Foundation
import Platform
import Testing

@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Practice
@testable import YAML

/// What strangers write must end in bounded time and memory, with a clear message.
@Suite struct WorkloadLimitsTests {
    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        return Double(try clock.measure(body).components.seconds)
    }

    @Test func fiveHundredCustomChecks() throws {
        var text = "checks:\n"
        for index in 0..<500 { text += "  c\(index): warning\n" }
        text += "customChecks:\n"
        for index in 0..<500 {
            text +=
                "  c\(index): { target: Container, schema: { properties: { image: { not: { pattern: '^reg\(index)\\.' } } } } }\n"
        }
        let took = try seconds {
            let settings = try Audit.settings(rules: [text])
            #expect(settings.workloads.problems.isEmpty)
            #expect(settings.workloads.checks.count { $0.isCustom } == 500)
            let result = try Audit.text(
                CustomCheckTests.web.replacingOccurrences(of: "quay.io", with: "reg7.io"), settings)
            #expect(result.practice.state.rows.first?.failures.count == 2)
        }
        #expect(took < 20)
    }

    @Test func aConfigMapOfFiveMebibytes() throws {
        let data = String(repeating: "0123456789abcdef\n", count: 5 * 65_536)
        let lines = data.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: big }\ndata:\n  token-file: |\n\(lines)\n"
        let took = try seconds {
            let result = try Audit.text(text, Audit.settings(only: "sensitiveConfigmapContent"))
            #expect(result.practice.state.rows.first?.failures.map(\.path) == ["data.token-file"])
        }
        #expect(took < 20)
    }

    @Test func schemasThatReferToThemselves() throws {
        let tree =
            "$defs: { tree: { type: object, properties: { value: { type: integer }, children: { items: { $ref: '#/$defs/tree' } } } } }\n$ref: '#/$defs/tree'"
        let schema = try SchemaCompiler.compile(try #require(try YAMLReader.read(Array(tree.utf8))))
        var value = #"{"value":"x"}"#
        for _ in 0..<60 { value = #"{"value":1,"children":["# + value + "]}" }
        try JSONDocument(value.utf8).withView { view in
            var validator = SchemaValidator()
            let isValid = validator.isValid(schema, view)
            #expect(!isValid)
            #expect(!validator.isExhausted)
            #expect(validator.explain(schema, view).first?.path.count == 121)
        }
        for _ in 0..<300 { value = #"{"children":["# + value + "]}" }
        try JSONDocument(value.utf8).withView { view in
            var validator = SchemaValidator()
            let isValid = validator.isValid(schema, view)
            #expect(!isValid)
            #expect(validator.isExhausted)
        }
    }

    /// Alternatives of alternatives look at one value again and again.
    @Test func schemasThatAskTooOftenAreGivenUp() throws {
        var schema = "{ const: 1 }"
        for _ in 0..<26 {
            schema =
                "{ anyOf: [\(schema), { const: 2 }, { const: 3 }], unevaluatedProperties: false, oneOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] }"
        }
        let text =
            "checks: { slow: danger }\ncustomChecks: { slow: { target: PodSpec, schema: { $defs: { a: { not: { allOf: [{ minProperties: 1 }] } } }, allOf: [\(schema)] } } }"
        let took = try seconds {
            let settings = try Audit.settings(only: "slow", rules: [text])
            let result = try Audit.text(CustomCheckTests.web, settings)
            #expect(!result.practice.state.rows.isEmpty || !result.practice.gaps.isEmpty)
        }
        #expect(took < 30)
    }

    @Test(arguments: ["(a+)+$", "(a|a)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"]) func patternsThatExplodeElsewhere(
        _ pattern: String
    ) throws {
        let schema = try SchemaCompiler.compile(
            try #require(try YAMLReader.read(Array("{ properties: { a: { not: { pattern: '\(pattern)' } } } }".utf8))))
        let took = try seconds {
            try JSONDocument("{\"a\":\"\(String(repeating: "a", count: 200_000))!\"}".utf8).withView { view in
                var validator = SchemaValidator()
                _ = validator.isValid(schema, view)
                #expect(!validator.isExhausted)
            }
        }
        #expect(took < 10)
    }

    @Test func bombsAndDepthAreRefusedWithTheirPlace() throws {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for index in 1...8 {
            bomb += "a\(index): &a\(index) [\((0..<10).map { _ in "*a\(index - 1)" }.joined(separator: ", "))]\n"
        }
        #expect { try PracticeCheckReader.read(Array(bomb.utf8), file: "f") } throws: {
            "\($0)".contains("more than 200000 values")
        }
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        let result = try Audit.text(
            "kind: Pod\nmetadata: { name: a }\nspec: \(deep)\n---\nkind: Pod\nmetadata: { name: b }\nspec: { containers: [{ name: a, image: nginx }] }",
            Audit.settings(only: "tagNotSpecified"))
        #expect(result.problems.count == 1)
        #expect(result.practice.state.rows.map(\.object.name) == ["b"])
        var schema = "true"
        for _ in 0..<80 { schema = "{ not: \(schema) }" }
        #expect(throws: DocumentProblem.self) {
            try PracticeCheckReader.read(Array("customChecks: { a: { schema: \(schema) } }".utf8), file: "f")
        }
    }
}
