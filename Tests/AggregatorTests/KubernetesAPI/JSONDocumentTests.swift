import Foundation
import Testing

@testable import KubernetesAPI

@Suite struct JSONDocumentTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONDocument(Array(text.utf8)).root }

    @Test func readsEveryKindOfValue() throws {
        let root = try parse(
            #"{"s":"té\n","i":-7,"u":18446744073709551615,"d":1.5,"t":true,"f":false,"n":null,"a":[1,[2],{"x":3}],"o":{}}"#
        )
        #expect(root["s"]?.string == "té\n")
        #expect(root["s"]?.equals("té\n") == true)
        #expect(root["i"]?.integer == -7)
        #expect(root["d"]?.double == 1.5)
        #expect(root["u"]?.integer == nil)
        #expect(root["u"]?.double == 18_446_744_073_709_551_616)
        #expect(root["t"]?.bool == true)
        #expect(root["f"]?.bool == false)
        #expect(root["n"]?.isNull == true)
        #expect(root["a"]?.elements.map(\.kind) == [.integer, .array, .object])
        #expect(root["a"]?.elements.compactMap { $0["x"]?.integer } == [3])
        #expect(root["o"]?.count == 0)
        #expect(root.count == 9)
        #expect(root.members.map(\.key) == ["s", "i", "u", "d", "t", "f", "n", "a", "o"])
        #expect(root.member(named: "d")?.double == 1.5)
    }

    @Test func wrongTypesAreNothing() throws {
        let root = try parse(#"{"s":"x","a":[1]}"#)
        #expect(root["missing"] == nil)
        #expect(root["s"]?["x"] == nil)
        #expect(root["s"]?.integer == nil)
        #expect(root["a"]?.string == nil)
        #expect(root.list("s").map { $0.kind }.isEmpty)
        #expect(root.list("missing").map { $0.kind }.isEmpty)
        #expect(root["s"]?.bool == nil)
        #expect(root["a"]?.count == 1)
        #expect(root["s"]?.count == 0)
    }

    @Test(arguments: [
        (#"{"a":[1,2"#, JSONError.Kind.truncated), (#"{"a":"x"#, .truncated), ("", .truncated), ("   ", .truncated),
        ("<html></html>", .malformed), (#"{"a":1,}"#, .malformed), (#"{"a":tru}"#, .malformed), ("{} {}", .malformed),
    ]) func saysWhatIsWrong(_ text: String, _ kind: JSONError.Kind) {
        #expect { try JSONDocument(Array(text.utf8)) } throws: { ($0 as? JSONError)?.kind == kind }
    }

    @Test func valuesOutliveTheirDocumentAndParsersAreUsedAgain() throws {
        let kept = try (0..<50).map { try parse(#"{"n":\#($0),"s":"text number \#($0) that is long"}"#) }
        for (number, value) in kept.enumerated() {
            #expect(value["n"]?.integer == number)
            #expect(value["s"]?.string == "text number \(number) that is long")
        }
    }

    @Test func agreesWithFoundationOnRandomDocuments() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<300 {
            let tree = Self.randomTree(&random, depth: 0)
            let data = try JSONSerialization.data(withJSONObject: ["v": tree])
            let read = try JSONDocument(data).root["v"]
            #expect(read.map { Self.same($0, tree) } == true, "\(String(decoding: data, as: UTF8.self))")
        }
    }

    private static func randomTree(_ random: inout SeededRandom, depth: Int) -> Any {
        switch Int.random(in: 0..<(depth > 4 ? 5 : 7), using: &random) {
        case 0: return Int.random(in: -1_000_000...1_000_000, using: &random)
        case 1: return Double.random(in: -1...1, using: &random)
        case 2: return Bool.random(using: &random)
        case 3: return NSNull()
        case 4:
            return String(
                (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                    "aé\"\\\n\u{1F600}z/".randomElement(using: &random) ?? "a"
                })
        case 5: return (0..<Int.random(in: 0..<6, using: &random)).map { _ in randomTree(&random, depth: depth + 1) }
        default:
            return Dictionary(
                uniqueKeysWithValues: (0..<Int.random(in: 0..<6, using: &random)).map {
                    ("k\($0)", randomTree(&random, depth: depth + 1))
                })
        }
    }

    private static func same(_ value: JSONValue, _ tree: Any) -> Bool {
        switch (value.kind, tree) {
        case (.string, let text as String): return value.string == text
        case (.bool, let flag as Bool): return value.bool == flag
        case (.null, is NSNull): return true
        case (.array, let items as [Any]):
            let elements = Array(value.elements)
            return elements.count == items.count && zip(elements, items).allSatisfy(same)
        case (.object, let members as [String: Any]):
            return value.count == members.count
                && members.allSatisfy { key, tree in value.member(named: key).map { same($0, tree) } ?? false }
        case (.integer, let number as NSNumber), (.double, let number as NSNumber):
            return value.double == number.doubleValue
        default: return false
        }
    }

    @Test func oneTextIsKeptOnce() throws {
        let root = try parse(#"{"a":"a name that is long enough","b":"a name that is long enough","c":7}"#)
        var texts = TextInterner()
        #expect(texts.text(root["a"]) == texts.text(root["b"]))
        #expect(texts.text(root["c"]).isEmpty)
        #expect(texts.text(nil).isEmpty)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every run.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
