import Foundation
import Platform
import TestSupport
import Testing

@testable import KubernetesAPI
@testable import Practice
@testable import YAML

/// A slow validator written from the specification (json-schema.org/draft/2019-09), over trees instead of tapes.
struct ReferenceValidator {
    let root: Node

    func accepts(_ schema: Node, _ value: Node) -> Bool {
        if case .bool(let flag) = schema.value { return flag }
        return (schema.pairs ?? []).allSatisfy { holds($0.key, $0.value, schema, value) }
    }

    private func resolve(_ text: String) -> Node? {
        var node = root
        for part in text.dropFirst(text.hasPrefix("#/") ? 2 : 1).split(separator: "/") {
            guard let next = node[String(part)] else { return nil }
            node = next
        }
        return node
    }

    private func holds(_ keyword: String, _ argument: Node, _ schema: Node, _ value: Node) -> Bool {
        switch keyword {
        case "$ref": return resolve(argument.string ?? "").map { accepts($0, value) } ?? false
        case "type": return (argument.items ?? [argument]).contains { Self.isA($0.string ?? "", value) }
        case "const": return Self.same(argument, value)
        case "enum": return (argument.items ?? []).contains { Self.same($0, value) }
        case "allOf": return (argument.items ?? []).allSatisfy { accepts($0, value) }
        case "anyOf": return (argument.items ?? []).contains { accepts($0, value) }
        case "oneOf": return (argument.items ?? []).filter { accepts($0, value) }.count == 1
        case "not": return !accepts(argument, value)
        case "if":
            let branch = accepts(argument, value) ? schema["then"] : schema["else"]
            return branch.map { accepts($0, value) } ?? true
        default: break
        }
        if let number = value.number, let limit = argument.number {
            switch keyword {
            case "minimum": return number >= limit
            case "maximum": return number <= limit
            case "exclusiveMinimum": return number > limit
            case "exclusiveMaximum": return number < limit
            default: break
            }
        }
        if let text = value.string {
            switch keyword {
            case "minLength": return text.unicodeScalars.count >= Int(argument.number ?? 0)
            case "maxLength": return text.unicodeScalars.count <= Int(argument.number ?? 0)
            case "pattern":
                let expression = try? NSRegularExpression(pattern: argument.string ?? "")
                return expression?.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
            default: break
            }
        }
        if let items = value.items { return holds(keyword, argument, schema, list: items) }
        if value.pairs != nil { return holds(keyword, argument, schema, object: value) }
        return true
    }

    private func holds(_ keyword: String, _ argument: Node, _ schema: Node, list: [Node]) -> Bool {
        switch keyword {
        case "minItems": return list.count >= Int(argument.number ?? 0)
        case "maxItems": return list.count <= Int(argument.number ?? 0)
        case "uniqueItems":
            return argument.value != .bool(true)
                || list.indices.allSatisfy { a in list.indices.allSatisfy { a == $0 || !Self.same(list[a], list[$0]) } }
        case "items":
            guard let schemas = argument.items else { return list.allSatisfy { accepts(argument, $0) } }
            return zip(schemas, list).allSatisfy { accepts($0, $1) }
        case "additionalItems":
            guard let schemas = schema["items"]?.items else { return true }
            return list.dropFirst(schemas.count).allSatisfy { accepts(argument, $0) }
        case "contains":
            let hits = list.filter { accepts(argument, $0) }.count
            let least = schema["minContains"]?.number ?? 1
            return Double(hits) >= least && Double(hits) <= schema["maxContains"]?.number ?? .infinity
        default: return true
        }
    }

    private func holds(_ keyword: String, _ argument: Node, _ schema: Node, object: Node) -> Bool {
        let pairs = object.pairs ?? []
        switch keyword {
        case "required": return (argument.items ?? []).allSatisfy { object[$0.string ?? ""] != nil }
        case "minProperties": return pairs.count >= Int(argument.number ?? 0)
        case "maxProperties": return pairs.count <= Int(argument.number ?? 0)
        case "propertyNames": return pairs.allSatisfy { accepts(argument, Node(.string($0.key), mark: $0.keyMark)) }
        case "properties":
            return (argument.pairs ?? []).allSatisfy { pair in object[pair.key].map { accepts(pair.value, $0) } ?? true
            }
        case "additionalProperties":
            let known = Set((schema["properties"]?.pairs ?? []).map(\.key))
            return pairs.filter { !known.contains($0.key) }.allSatisfy { accepts(argument, $0.value) }
        case "dependentRequired":
            return (argument.pairs ?? []).allSatisfy { pair in
                object[pair.key] == nil || (pair.value.items ?? []).allSatisfy { object[$0.string ?? ""] != nil }
            }
        case "dependentSchemas":
            return (argument.pairs ?? []).allSatisfy { object[$0.key] == nil || accepts($0.value, object) }
        default: return true
        }
    }

    static func isA(_ type: String, _ value: Node) -> Bool {
        switch (type, value.value) {
        case ("object", .mapping), ("array", .sequence), ("string", .string), ("boolean", .bool), ("null", .null),
            ("number", .integer), ("number", .double), ("integer", .integer):
            true
        case ("integer", .double(let number)): number == number.rounded()
        default: false
        }
    }

    static func same(_ a: Node, _ b: Node) -> Bool {
        if let a = a.number, let b = b.number { return a == b }
        if let a = a.items, let b = b.items { return a.count == b.count && zip(a, b).allSatisfy { same($0, $1) } }
        if let a = a.pairs, let other = b.pairs {
            return a.count == other.count && a.allSatisfy { pair in b[pair.key].map { same(pair.value, $0) } ?? false }
        }
        return a.value == b.value
    }
}

/// Random JSON and random schemas over few names and values, so that they often meet.
struct RandomJSON {
    var random: SeededRandom
    private static let names = ["a", "b", "cc", "ä"], texts = ["", "a", "ab", "nginx", "äö", "1"]
    private let mark = Mark(line: 1, column: 1)

    private mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &random)] }
    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
    private func node(_ value: Node.Value) -> Node { Node(value, mark: mark) }
    private func map(_ pairs: [(String, Node)]) -> Node {
        node(.mapping(pairs.map { .init(key: $0.0, keyMark: mark, value: $0.1) }))
    }

    mutating func value(_ depth: Int = 0) -> Node {
        switch Int.random(in: 0..<(depth > 3 ? 5 : 8), using: &random) {
        case 0: return node(.null)
        case 1: return node(.bool(chance(2)))
        case 2: return node(.integer(Int.random(in: -2...3, using: &random)))
        case 3: return node(.double(pick([0.5, 1.0, 2.5, -1.0])))
        case 4: return node(.string(pick(Self.texts)))
        case 5: return node(.sequence((0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth + 1) }))
        default:
            let names = Self.names.filter { _ in chance(2) }
            return map(names.map { ($0, value(depth + 1)) })
        }
    }

    mutating func schema(_ depth: Int = 0) -> Node {
        if depth > 3 || chance(12) { return node(.bool(!chance(4))) }
        var pairs: [String: Node] = [:]
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let count = node(.integer(Int.random(in: 0...3, using: &random)))
            func list(_ run: inout RandomJSON) -> Node {
                run.node(.sequence((0..<Int.random(in: 1...3, using: &run.random)).map { _ in run.schema(depth + 1) }))
            }
            func names(_ run: inout RandomJSON) -> Node {
                run.node(.sequence(Self.names.filter { _ in run.chance(2) }.map { run.node(.string($0)) }))
            }
            func members(_ run: inout RandomJSON) -> Node {
                run.map(Self.names.filter { _ in run.chance(2) }.map { ($0, run.schema(depth + 1)) })
            }
            switch Int.random(in: 0..<27, using: &random) {
            case 0, 1:
                pairs["type"] = node(
                    .string(pick(["object", "array", "string", "number", "integer", "boolean", "null"])))
            case 2: pairs["const"] = value(2)
            case 3: pairs["enum"] = node(.sequence([value(2), value(2), value(3)]))
            case 4: pairs["minimum"] = count
            case 5: pairs["exclusiveMaximum"] = count
            case 6: pairs["minLength"] = count
            case 7: pairs["maxLength"] = count
            case 8: pairs["pattern"] = node(.string(pick(["^a", "n", "^$", "[0-9]", "b$"])))
            case 9: pairs["allOf"] = list(&self)
            case 10: pairs["anyOf"] = list(&self)
            case 11: pairs["oneOf"] = list(&self)
            case 12: pairs["not"] = schema(depth + 1)
            case 13:
                (pairs["if"], pairs["then"], pairs["else"]) = (schema(depth + 1), schema(depth + 1), schema(depth + 1))
            case 14, 15: pairs["properties"] = members(&self)
            case 16: pairs["additionalProperties"] = schema(depth + 1)
            case 17: pairs["required"] = names(&self)
            case 18: pairs["propertyNames"] = schema(depth + 1)
            case 19: pairs["maxProperties"] = count
            case 20: pairs["dependentRequired"] = map(Self.names.filter { _ in chance(3) }.map { ($0, names(&self)) })
            case 21:
                pairs["dependentSchemas"] = map(Self.names.filter { _ in chance(3) }.map { ($0, schema(depth + 1)) })
            case 22: pairs["items"] = chance(2) ? schema(depth + 1) : list(&self)
            case 23: pairs["additionalItems"] = schema(depth + 1)
            case 24: pairs["contains"] = schema(depth + 1)
            case 25: pairs["uniqueItems"] = node(.bool(true))
            default: pairs[pick(["minItems", "maxItems", "minContains", "maxContains", "minProperties"])] = count
            }
        }
        if depth == 0 { pairs["$defs"] = map([("leaf", schema(3))]) }
        if depth > 0, chance(8) { pairs["$ref"] = node(.string("#/$defs/leaf")) }
        return map(pairs.sorted { $0.key < $1.key })
    }
}

@Suite struct SchemaReferenceTests {
    @Test func agreesWithTheSlowValidator() throws {
        var make = RandomJSON(random: SeededRandom(seed: 41))
        var accepted = 0, refused = 0
        for _ in 0..<1500 {
            let tree = make.schema()
            // Some refer to themselves at the same value, which is refused.
            guard let schema = try? SchemaCompiler.compile(tree) else { continue }
            let reference = ReferenceValidator(root: tree)
            for _ in 0..<20 {
                let value = make.value()
                let wanted = reference.accepts(tree, value)
                try JSONDocument(value.jsonText.utf8).withView { view in
                    var validator = SchemaValidator()
                    let got = validator.isValid(schema, view)
                    #expect(got == wanted, "\(tree.jsonText) on \(value.jsonText)")
                    #expect(
                        validator.explain(schema, view).isEmpty == wanted,
                        "explained: \(tree.jsonText) on \(value.jsonText)")
                }
                if wanted { accepted += 1 } else { refused += 1 }
            }
        }
        #expect(accepted > 5000, "\(accepted) accepted, \(refused) refused")
        #expect(refused > 5000, "\(accepted) accepted, \(refused) refused")
    }

    /// unevaluatedProperties by its definition: what no keyword of the schema, at any depth in place, has judged.
    @Test func unevaluatedMembersAreThoseThatNobodyJudged() throws {
        let text = """
            allOf: [{ properties: { a: true } }, { if: { required: [b] }, then: { properties: { b: true } } }]
            anyOf: [{ required: [c], properties: { c: { const: 1 } } }, true]
            unevaluatedProperties: false
            """
        let schema = try SchemaCompiler.compile(try #require(try YAMLReader.read(Array(text.utf8))))
        for (value, isValid) in [
            (#"{"a":1}"#, true), (#"{"a":1,"b":2}"#, true), (#"{"c":1}"#, true), (#"{"c":2}"#, false),
            (#"{"d":1}"#, false),
        ] {
            try JSONDocument(value.utf8).withView { view in
                var validator = SchemaValidator()
                #expect(validator.isValid(schema, view) == isValid, "\(value)")
            }
        }
    }
}
