import KubernetesAPI
import Platform
import Regex
import YAML

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
