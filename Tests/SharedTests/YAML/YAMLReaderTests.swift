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
}
