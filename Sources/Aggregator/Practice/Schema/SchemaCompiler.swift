import Foundation
import KubernetesAPI
import Platform
import YAML

/// Compiles a tree of YAML or JSON into a `Schema`; every mistake has its place.
struct SchemaCompiler {
    /// Subschemas of one schema, references counted once.
    static let nodesMax = 20_000

    private let root: Node
    private let draft: Schema.Draft
    /// Templates in constants are allowed, and rendered when the schema is used.
    private let takesTemplates: Bool
    /// `#/a/b` of each compiled subschema.
    private var compiled: [String: SchemaReference] = [:]
    private let nodes = Arena<SchemaNode>()
    let keys = JSONKeyStore()
    /// Where each resource (`$id`) and each anchor is.
    private var resources: [String: String] = [:]
    private var anchors: [String: String] = [:]
    private var bases: [String: URIReference] = [:]
    var templates: [GoTemplate] = []

    private static let firstBase = URIReference("ke:schema")

    static func compile(
        _ node: Node, draft: Schema.Draft = .draft2019, takesTemplates: Bool = false
    ) throws(SchemaError) -> Schema {
        var draft = draft
        if let word = node["$schema"]?.string {
            if word.contains("draft-07") || word.contains("draft-06") { draft = .draft7 }
            if word.contains("2019-09") || word.contains("2020-12") { draft = .draft2019 }
        }
        var compiler = SchemaCompiler(root: node, draft: draft, takesTemplates: takesTemplates)
        try compiler.register(node, "", firstBase)
        let root = try compiler.compile(at: "", node)
        try compiler.refuseLoops()
        return Schema(root: root, templates: compiler.templates, nodes: compiler.nodes, keys: compiler.keys)
    }

    private init(root: Node, draft: Schema.Draft, takesTemplates: Bool) {
        self.root = root
        self.draft = draft
        self.takesTemplates = takesTemplates
    }

    // MARK: Names

    private static let single = [
        "additionalItems", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else",
        "unevaluatedProperties", "unevaluatedItems",
    ]
    private static let lists = ["allOf", "anyOf", "oneOf"]
    private static let maps = ["properties", "patternProperties", "definitions", "$defs", "dependentSchemas"]

    /// Notes where `$id` and `$anchor` are, in the places where schemas can be: in `enum` and `const` they are values.
    private mutating func register(_ node: Node, _ pointer: String, _ outer: URIReference) throws(SchemaError) {
        guard let pairs = node.pairs else { return }
        var base = outer
        let hidesRest = draft == .draft7 && node["$ref"] != nil
        if let id = node["$id"]?.string, !hidesRest {
            let uri = URIReference(id)
            if id.hasPrefix("#") {
                anchors[outer.resource + id] = pointer
            } else {
                base = uri.resolved(against: outer)
                resources[base.resource] = pointer
            }
        }
        if pointer.isEmpty { resources[base.resource] = "" }
        bases[pointer] = base
        if let anchor = node["$anchor"]?.string { anchors[base.resource + "#" + anchor] = pointer }
        if hidesRest { return }
        for pair in pairs {
            let here = pointer + "/" + Self.escape(pair.key)
            if Self.single.contains(pair.key) { try register(pair.value, here, base) }
            if Self.lists.contains(pair.key) || pair.key == "items" {
                for (index, item) in (pair.value.items ?? []).enumerated() {
                    try register(item, "\(here)/\(index)", base)
                }
                if pair.key == "items", pair.value.pairs != nil { try register(pair.value, here, base) }
            }
            if Self.maps.contains(pair.key) || pair.key == "dependencies" {
                for member in pair.value.pairs ?? [] {
                    try register(member.value, here + "/" + Self.escape(member.key), base)
                }
            }
        }
    }

    private static func escape(_ key: String) -> String {
        key.replacingOccurrences(of: "~", with: "~0").replacingOccurrences(of: "/", with: "~1")
    }

    private static func unescape(_ part: some StringProtocol) -> String {
        part.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(of: "~0", with: "~")
    }

    /// The base of the nearest schema at or above a place.
    private func base(at pointer: String) -> URIReference {
        var place = pointer[...]
        while true {
            if let base = bases[String(place)] { return base }
            guard let slash = place.lastIndex(of: "/") else { return Self.firstBase }
            place = place[..<slash]
        }
    }

    private func node(at pointer: String) -> Node? {
        var node = root
        for part in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let key = Self.unescape(part)
            if let items = node.items {
                guard let index = Int(key), items.indices.contains(index) else { return nil }
                node = items[index]
            } else {
                guard let next = node[key] else { return nil }
                node = next
            }
        }
        return node
    }

    private mutating func reference(_ text: String, from pointer: String, _ mark: Mark) throws(SchemaError)
        -> SchemaReference
    {
        let uri = URIReference(text).resolved(against: base(at: pointer))
        guard let start = resources[uri.resource] else {
            throw SchemaError(
                message: "$ref '\(text)' is outside of this schema; only references within it are followed", mark: mark)
        }
        let fragment = (uri.fragment ?? "").removingPercentEncoding ?? ""
        var target = start
        if fragment.hasPrefix("/") {
            target = start + fragment
        } else if !fragment.isEmpty {
            guard let place = anchors[uri.resource + "#" + fragment] else {
                throw SchemaError(message: "$ref '\(text)': the anchor '\(fragment)' does not exist", mark: mark)
            }
            target = place
        }
        guard let found = node(at: target) else {
            throw SchemaError(message: "$ref '\(text)' does not resolve", mark: mark)
        }
        return try compile(at: target, found)
    }

    // MARK: Keywords

    private mutating func compile(at pointer: String, _ node: Node) throws(SchemaError) -> SchemaReference {
        if let known = compiled[pointer] { return known }
        let result = nodes.make(SchemaNode())
        compiled[pointer] = result
        if compiled.count > Self.nodesMax {
            throw SchemaError(message: "more than \(Self.nodesMax) subschemas", mark: node.mark)
        }
        if case .bool(let flag) = node.value {
            result.literal = flag
            return result
        }
        guard let pairs = node.pairs else {
            throw SchemaError(
                message: "a schema is a mapping, true or false; this is \(node.kindName)", mark: node.mark)
        }
        if draft == .draft7, let target = node["$ref"] {
            result.hasApplicators = true
            result.reference = try reference(try text(target, "$ref"), from: pointer, target.mark)
            return result
        }
        for pair in pairs where !Self.isAbsent(pair) {
            try keyword(pair, of: node, at: pointer, result)
        }
        return result
    }

    /// A keyword without a value is not there, as Go's decoder has it; in these null is a value.
    private static func isAbsent(_ pair: Node.Pair) -> Bool {
        if lists.contains(pair.key), pair.value.items?.isEmpty == true { return true }
        return pair.value.value == .null && pair.key != "const"
    }

    private mutating func keyword(_ pair: Node.Pair, of node: Node, at pointer: String, _ result: SchemaReference)
        throws(SchemaError)
    {
        let value = pair.value
        func child(_ compiler: inout SchemaCompiler) throws(SchemaError) -> SchemaReference {
            try compiler.compile(at: pointer + "/" + Self.escape(pair.key), value)
        }
        func children(_ compiler: inout SchemaCompiler) throws(SchemaError) -> [SchemaReference] {
            guard let items = value.items, !items.isEmpty else {
                throw SchemaError(message: "\(pair.key) must be a list of schemas", mark: value.mark)
            }
            var all: [SchemaReference] = []
            for (index, item) in items.enumerated() {
                all.append(try compiler.compile(at: "\(pointer)/\(Self.escape(pair.key))/\(index)", item))
            }
            return all
        }
        func members(_ compiler: inout SchemaCompiler) throws(SchemaError) -> [(String, SchemaReference, Mark)] {
            var all: [(String, SchemaReference, Mark)] = []
            for member in try compiler.map(value, pair.key) where member.value.value != .null {
                let place = "\(pointer)/\(Self.escape(pair.key))/\(Self.escape(member.key))"
                all.append((member.key, try compiler.compile(at: place, member.value), member.keyMark))
            }
            return all
        }
        switch pair.key {
        case "$ref":
            result.hasApplicators = true
            result.reference = try reference(try text(value, "$ref"), from: pointer, value.mark)
        case "allOf", "anyOf", "oneOf":
            result.hasApplicators = true
            let all = try children(&self)
            if pair.key == "allOf" {
                result.allOf = all
            } else if pair.key == "anyOf" {
                result.anyOf = all
            } else {
                result.oneOf = all
            }
        case "not", "if", "then", "else":
            result.hasApplicators = true
            let own = try child(&self)
            switch pair.key {
            case "not": result.not = own
            case "if": result.condition = own
            case "then": result.then = own
            default: result.otherwise = own
            }
        case "items":
            result.hasArrayRules = true
            if value.items != nil {
                result.itemList = value.items?.isEmpty == true ? [] : try children(&self)
            } else {
                result.items = try child(&self)
            }
        case "additionalItems": (result.hasArrayRules, result.additionalItems) = (true, try child(&self))
        case "contains": (result.hasArrayRules, result.contains) = (true, try child(&self))
        case "unevaluatedItems": (result.hasArrayRules, result.unevaluatedItems) = (true, try child(&self))
        case "additionalProperties": (result.hasObjectRules, result.additionalProperties) = (true, try child(&self))
        case "propertyNames": (result.hasObjectRules, result.propertyNames) = (true, try child(&self))
        case "unevaluatedProperties": (result.hasObjectRules, result.unevaluatedProperties) = (true, try child(&self))
        case "properties":
            result.hasObjectRules = true
            result.properties = try members(&self).map { (keys.key($0.0), $0.1) }
        case "patternProperties":
            result.hasObjectRules = true
            for (key, schema, mark) in try members(&self) {
                result.patternProperties.append((try regex(key, mark), schema))
            }
        case "dependentSchemas":
            (result.hasObjectRules, result.hasApplicators) = (true, true)
            result.dependentSchemas += try members(&self).map { (keys.key($0.0), $0.1) }
        case "dependentRequired":
            result.hasObjectRules = true
            for member in try map(value, pair.key) where member.value.value != .null {
                result.dependentRequired.append((keys.key(member.key), try keys(member.value, pair.key)))
            }
        case "dependencies":
            (result.hasObjectRules, result.hasApplicators) = (true, true)
            for member in try map(value, pair.key) where member.value.value != .null {
                if member.value.items != nil {
                    result.dependentRequired.append((keys.key(member.key), try keys(member.value, pair.key)))
                } else {
                    let place = "\(pointer)/dependencies/\(Self.escape(member.key))"
                    result.dependentSchemas.append((keys.key(member.key), try compile(at: place, member.value)))
                }
            }
        default: try scalarKeyword(pair, result)
        }
    }

    private mutating func scalarKeyword(_ pair: Node.Pair, _ result: SchemaReference) throws(SchemaError) {
        let value = pair.value, key = pair.key
        switch key {
        case "type": result.types = try types(value)
        case "const":
            if takesTemplates, let text = value.string, text.contains("{{") {
                result.constantTemplate = try template(text, value.mark)
            } else {
                result.constant = SchemaLiteral(value.value, keys)
            }
        case "enum":
            guard let items = value.items else { throw SchemaError(message: "enum must be a list", mark: value.mark) }
            result.enumeration = items.map { SchemaLiteral($0.value, keys) }
        case "multipleOf":
            let number = try number(value, key)
            guard number > 0 else { throw SchemaError(message: "multipleOf must be above 0", mark: value.mark) }
            (result.hasNumberRules, result.multipleOf) = (true, number)
        case "maximum": (result.hasNumberRules, result.maximum) = (true, try number(value, key))
        case "exclusiveMaximum": (result.hasNumberRules, result.exclusiveMaximum) = (true, try number(value, key))
        case "minimum": (result.hasNumberRules, result.minimum) = (true, try number(value, key))
        case "exclusiveMinimum": (result.hasNumberRules, result.exclusiveMinimum) = (true, try number(value, key))
        case "maxLength": (result.hasStringRules, result.maxLength) = (true, try count(value, key))
        case "minLength": (result.hasStringRules, result.minLength) = (true, try count(value, key))
        case "pattern": (result.hasStringRules, result.pattern) = (true, try regex(try text(value, key), value.mark))
        case "format":
            if let format = SchemaFormat(rawValue: try text(value, key)) {
                (result.hasStringRules, result.format) = (true, format)
            }
        case "resourceMinimum": (result.hasStringRules, result.resourceMinimum) = (true, try quantity(value, key))
        case "resourceMaximum": (result.hasStringRules, result.resourceMaximum) = (true, try quantity(value, key))
        case "imageFrom":
            var all: [String] = []
            for item in value.items ?? [] { all.append(try text(item, key)) }
            (result.hasStringRules, result.imageFrom) = (true, all)
        case "maxItems": (result.hasArrayRules, result.maxItems) = (true, try count(value, key))
        case "minItems": (result.hasArrayRules, result.minItems) = (true, try count(value, key))
        case "uniqueItems": (result.hasArrayRules, result.uniqueItems) = (true, try flag(value, key))
        case "minContains": if draft == .draft2019 { result.minContains = try count(value, key) }
        case "maxContains": if draft == .draft2019 { result.maxContains = try count(value, key) }
        case "required": (result.hasObjectRules, result.required) = (true, try keys(value, key))
        case "maxProperties": (result.hasObjectRules, result.maxProperties) = (true, try count(value, key))
        case "minProperties": (result.hasObjectRules, result.minProperties) = (true, try count(value, key))
        case "selectsPodTemplate": result.selectsPodTemplate = try flag(value, key)
        case "overlapsPodTemplate": result.overlapsPodTemplate = try flag(value, key)
        case "noSecrets":
            guard let places = SchemaNode.SecretPlaces(rawValue: try text(value, key)) else {
                throw SchemaError(message: "noSecrets must be variable or values", mark: value.mark)
            }
            (result.hasObjectRules, result.noSecrets) = (true, places)
        case "templateTrue": result.templateTrue = try template(try text(value, key), value.mark)
        // Annotations and unknown keywords assert nothing.
        default: break
        }
    }

    // MARK: Loops

    /// A subschema that leads back to itself at the same value would never end.
    private func refuseLoops() throws(SchemaError) {
        var done: Set<SchemaReference> = []
        var path: Set<SchemaReference> = []
        func visit(_ node: SchemaReference) -> Bool {
            if done.contains(node) { return true }
            if !path.insert(node).inserted { return false }
            let isFine = node.value.inPlace.allSatisfy(visit)
            path.remove(node)
            done.insert(node)
            return isFine
        }
        for (pointer, node) in compiled.sorted(by: { $0.key < $1.key }) where !visit(node) {
            throw SchemaError(
                message: "#\(pointer) refers back to itself at the same value and would never end",
                mark: self.node(at: pointer)?.mark ?? root.mark)
        }
    }
}
