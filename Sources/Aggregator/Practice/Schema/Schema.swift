import KubernetesAPI
import Platform
import Regex
import YAML

/// A JSON Schema, compiled once and validated straight on parsed JSON.
///
/// Draft-07 and 2019-09 vocabularies together, less remote references, `$recursiveRef` and content keywords; with
/// Kubernetes' `resourceMinimum` and `resourceMaximum` (POLARIS.md §4) and two of ours: `selectsPodTemplate` and
/// `imageFrom`. The source: json-schema.org/draft/2019-09/json-schema-validation.
final class Schema: Sendable {
    enum Draft: Sendable {
        /// Members beside `$ref` are ignored.
        case draft7
        case draft2019
    }

    let root: SchemaReference
    /// Templates over the audited object that it asks for, in its order.
    let templates: [GoTemplate]

    private let nodes: Arena<SchemaNode>
    private let keys: JSONKeyStore

    init(root: SchemaReference, templates: [GoTemplate], nodes: Arena<SchemaNode>, keys: JSONKeyStore) {
        self.root = root
        self.templates = templates
        self.nodes = nodes
        self.keys = keys
    }
}

/// Why a schema is invalid, and where.
struct SchemaError: Error, Equatable, CustomStringConvertible {
    let message: String
    let mark: Mark

    var description: String { "\(mark): \(message)" }
}

/// The types of JSON Schema as bits.
struct SchemaTypes: OptionSet, Sendable {
    let rawValue: UInt8

    static let object = Self(rawValue: 1), array = Self(rawValue: 2), string = Self(rawValue: 4)
    static let number = Self(rawValue: 8), integer = Self(rawValue: 16), boolean = Self(rawValue: 32)
    static let null = Self(rawValue: 64)

    static let named: [(name: String, type: SchemaTypes)] = [
        ("object", .object), ("array", .array), ("string", .string), ("number", .number), ("integer", .integer),
        ("boolean", .boolean), ("null", .null),
    ]

    var names: String { Self.named.filter { contains($0.type) }.map(\.name).joined(separator: " or ") }
}

/// A value that a schema names in `const` or `enum`.
enum SchemaLiteral: Sendable {
    case string(JSONKey)
    case other(Node.Value)

    init(_ value: Node.Value, _ keys: JSONKeyStore) {
        if case .string(let text) = value { self = .string(keys.key(text)) } else { self = .other(value) }
    }

    func equals(_ view: JSONView) -> Bool {
        switch self {
        case .string(let key): view.equals(key)
        case .other(let value): Self.same(value, view)
        }
    }

    private static func same(_ value: Node.Value, _ view: JSONView) -> Bool {
        switch value {
        case .null: return view.kind == .null
        case .bool(let flag): return view.bool == flag
        case .integer(let number): return view.kind == .integer ? view.integer == number : view.double == Double(number)
        case .double(let number): return view.double == number
        case .string(let text): return view.equals(text)
        case .sequence(let items):
            return view.kind == .array && view.count == items.count
                && zip(items, view.elements).allSatisfy { same($0.value, $1) }
        case .mapping(let pairs):
            let names = Set(pairs.map(\.key))
            return view.kind == .object && view.count == names.count
                && names.allSatisfy { name in
                    guard let own = pairs.last(where: { $0.key == name })?.value, let theirs = view.member(named: name)
                    else { return false }
                    return same(own.value, theirs)
                }
        }
    }
}

typealias SchemaReference = ArenaReference<SchemaNode>

/// One compiled subschema: the keywords that it has.
struct SchemaNode: Sendable {
    /// `true` and `false` as schemas.
    var literal: Bool?
    var types: SchemaTypes?
    var enumeration: [SchemaLiteral]?
    var constant: SchemaLiteral?
    /// A constant that is a template over the audited object.
    var constantTemplate: GoTemplate?

    var hasNumberRules = false
    var multipleOf: Double?
    var maximum: Double?
    var exclusiveMaximum: Double?
    var minimum: Double?
    var exclusiveMinimum: Double?

    var hasStringRules = false
    var maxLength: Int?
    var minLength: Int?
    var pattern: Regex?
    var format: SchemaFormat?
    var resourceMinimum: Quantity?
    var resourceMaximum: Quantity?
    /// Prefixes of images that are allowed.
    var imageFrom: [String]?

    var hasArrayRules = false
    var items: SchemaReference?
    var itemList: [SchemaReference]?
    var additionalItems: SchemaReference?
    var contains: SchemaReference?
    var minContains = 1
    var maxContains: Int?
    var maxItems: Int?
    var minItems: Int?
    var uniqueItems = false
    var unevaluatedItems: SchemaReference?

    var hasObjectRules = false
    var properties: [(key: JSONKey, schema: SchemaReference)] = []
    var patternProperties: [(pattern: Regex, schema: SchemaReference)] = []
    var additionalProperties: SchemaReference?
    var required: [JSONKey] = []
    var propertyNames: SchemaReference?
    var maxProperties: Int?
    var minProperties: Int?
    var dependentRequired: [(key: JSONKey, needs: [JSONKey])] = []
    var dependentSchemas: [(key: JSONKey, schema: SchemaReference)] = []
    var unevaluatedProperties: SchemaReference?
    /// The instance is a label selector that selects the audited pod template.
    var selectsPodTemplate = false
    /// The instance is a label selector that shares a label with the audited pod template and contradicts none.
    var overlapsPodTemplate = false

    /// A template over the audited object that must print `true`; asked last.
    var templateTrue: GoTemplate?

    var hasApplicators = false
    var reference: SchemaReference?
    var allOf: [SchemaReference] = []
    var anyOf: [SchemaReference]?
    var oneOf: [SchemaReference]?
    var not: SchemaReference?
    var condition: SchemaReference?
    var then: SchemaReference?
    var otherwise: SchemaReference?

    /// Subschemas that see the same instance.
    var inPlace: [SchemaReference] {
        var all = allOf + (anyOf ?? []) + (oneOf ?? []) + dependentSchemas.map(\.schema)
        all += [reference, not, condition, then, otherwise].compactMap { $0 }
        return all
    }
}
