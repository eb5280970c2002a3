import Foundation
import Platform
import Testing

@testable import YAML

@Suite struct YAMLReaderTests {
    private func read(_ text: String) throws -> Node? { try YAMLReader.read(Array(text.utf8)) }

    @Test func resolvesScalarsByTheCoreSchema() throws {
        let node = try #require(
            try read("a: 1\nb: 1.5\nc: true\nd: null\ne: no\nf: '1'\ng: ~\nh: -3\ni: 1.2.3\nj: 0x10"))
        #expect(node["a"]?.value == .integer(1))
        #expect(node["b"]?.value == .double(1.5))
        #expect(node["c"]?.value == .bool(true))
        #expect(node["d"]?.value == .null)
        #expect(node["e"]?.value == .string("no"))
        #expect(node["f"]?.value == .string("1"))
        #expect(node["g"]?.value == .null)
        #expect(node["h"]?.value == .integer(-3))
        #expect(node["i"]?.value == .string("1.2.3"))
        #expect(node["j"]?.value == .string("0x10"))
    }

    @Test func givesEveryValueItsPlace() throws {
        let node = try #require(try read("a:\n  - x\n  - key: y\n"))
        #expect(node["a"]?.items?[1]["key"]?.mark == Mark(line: 3, column: 10))
    }

    @Test func expandsAliasesUpToALimit() throws {
        let node = try #require(try read("a: &x [1, 2]\nb: *x\n"))
        #expect(node["b"]?.items?.count == 2)
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let inner = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(inner)]\n"
        }
        #expect(throws: DocumentProblem.self) { try read(bomb) }
    }

    @Test func bindsDepth() {
        #expect(throws: DocumentProblem.self) {
            try read(String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000))
        }
    }

    @Test(arguments: ["a: [", "a: *x", "\t a: b", "a: b: c", "'unclosed", "? [x]\n: y", "a: 1\n---\nb: 2"])
    func saysWhatIsWrong(_ text: String) {
        let error = #expect(throws: DocumentProblem.self) { try read(text) }
        #expect(error?.mark.line ?? 0 >= 1)
    }

    @Test func acceptsJSON() throws {
        let text = #"{"a": [1, "x\ty", {"b": null}], "c": "é"}"#
        let yaml = try #require(try read(text)), json = try JSONReader.read(Array(text.utf8))
        #expect(yaml["a"]?.items?[1].string == "x\ty")
        #expect(json["c"]?.string == "é")
        #expect(json["a"]?.items?[0].value == .integer(1))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1 2", "// x\n1", "\"\u{1}\"", "\"\\x\"", "nul", "+1", "1.",
        "\u{FEFF}1",
    ])
    func jsonIsStrict(_ text: String) {
        #expect(throws: DocumentProblem.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test func writesWhatItReads() throws {
        let text =
            #"{"a":["yes","1","",null,true,1.5,-2],"b":{"c":[],"d":{}},"e":"two\nlines: # no comment","f":"- dash"}"#
        let tree = try JSONReader.read(Array(text.utf8))
        let written = try #require(YAMLWriter.write(tree))
        let again = try #require(try read(written))
        func plain(_ node: Node) -> String {
            switch node.value {
            case .sequence(let items): "[" + items.map(plain).joined(separator: ",") + "]"
            case .mapping(let pairs): "{" + pairs.map { "\($0.key)=\(plain($0.value))" }.joined(separator: ",") + "}"
            default: "\(node.value)"
            }
        }
        #expect(plain(again) == plain(tree), "\(written)")
    }

    /// As go-yaml v2 resolves them.
    @Test(arguments: [
        ("!!bool \"true\"", Node.Value.bool(true)), ("!!bool yes", .bool(true)), ("!!int \"5\"", .integer(5)),
        ("!!str 5", .string("5")), ("!!str", .string("")), ("!!float 3", .double(3)), ("!!null \"\"", .null),
        ("! 5", .string("5")), ("!foo 5", .string("5")), ("!<tag:yaml.org,2002:int> \"7\"", .integer(7)),
        ("!!timestamp 2001-01-01", .string("2001-01-01")), ("!!binary aGk=", .string("hi")),
        ("!!binary 'aG k='", .string("hi")),
    ]) func tagsSayWhatAScalarIs(_ text: String, _ value: Node.Value) throws {
        let node = try YAMLReader.readAll(Array("a: \(text)\n".utf8), dialect: .kubernetes).first
        #expect(node?["a"]?.value == value)
    }

    @Test(arguments: ["!!int x", "!!bool 3", "!!float x", "!!null x", "!!binary '***'", "!!binary aG="])
    func aTagThatDoesNotFitIsAMistake(_ text: String) {
        let error = #expect(throws: DocumentProblem.self) {
            try YAMLReader.readAll(Array("x: 1\na: \(text)\n".utf8), dialect: .kubernetes)
        }
        #expect(error?.mark == Mark(line: 2, column: 4))
        #expect(error?.message.contains("is not a valid !!") ?? false)
    }

    @Test func keysHaveTagsAndAliasesToo() throws {
        let text = "&k name: a\nb: { *k : c, !!str 2: d, !!merge <<: { e: f }, \"<<\": g }\n"
        let node = try #require(try YAMLReader.readAll(Array(text.utf8), dialect: .kubernetes).first)
        #expect(node["b"]?.pairs?.map(\.key) == ["name", "2", "e", "<<"])
    }

    /// One lookup per key, whatever was merged before: a slow way needs minutes for this.
    @Test func mergesLargeMappingsInLinearTime() throws {
        let count = 40_000
        var text = "base: &b\n" + (0..<count).map { "  k\($0): 1\n" }.joined() + "made:\n  <<: *b\n"
        text += (0..<count).map { "  k\($0): 2\n" }.joined()
        let node = try #require(
            try YAMLReader.readAll(Array(text.utf8), dialect: .kubernetes, nodesMax: 1_000_000).first)
        let made = try #require(node["made"]?.pairs)
        #expect(made.count == count)
        #expect(made.allSatisfy { $0.value.value == .integer(2) })
    }

    @Test func readsAStreamOfJSONValues() {
        var names: [String] = []
        let text = Array(#"{"a": 1} [2]{"b":{}}"#.utf8)
        #expect(JSONReader.readStream(text) { names.append($0.kindName) } == nil)
        #expect(names == ["a mapping", "a list", "a mapping"])
        names = []
        let rest = JSONReader.readStream(Array("{\"a\": 1}\n  {a: 1}".utf8)) { names.append($0.kindName) }
        #expect(names == ["a mapping"])
        #expect(rest?.offset == 11)
        #expect(rest?.mark == Mark(line: 2, column: 3))
    }
}

extension YAMLReaderTests {
    @Test(arguments: ["rules:\n\t- id: x\n", "é: 1\na:\n  \tb: 1\n"]) func aTabIsNamed(_ text: String) {
        let error = #expect(throws: DocumentProblem.self) { try YAMLReader.read(Array(text.utf8)) }
        #expect(error?.message.contains("a tab cannot indent") ?? false, "\(String(describing: error))")
    }
}
