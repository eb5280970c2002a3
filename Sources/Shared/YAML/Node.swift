package import Platform

/// A value read from YAML or JSON, with its place in the text.
package struct Node: Equatable, Sendable {
    package enum Value: Equatable, Sendable {
        case null
        case bool(Bool)
        /// An integer that fits; YAML 1.2 core spelling.
        case integer(Int)
        case double(Double)
        case string(String)
        case sequence([Node])
        case mapping([Pair])
    }

    package struct Pair: Equatable, Sendable {
        package let key: String
        package let keyMark: Mark
        package let value: Node

        package init(key: String, keyMark: Mark, value: Node) {
            self.key = key
            self.keyMark = keyMark
            self.value = value
        }
    }

    package let value: Value
    package let mark: Mark

    package init(_ value: Value, mark: Mark) {
        self.value = value
        self.mark = mark
    }

    /// What a person calls this kind of value.
    package var kindName: String {
        switch value {
        case .null: "nothing"
        case .bool: "true or false"
        case .integer: "a whole number"
        case .double: "a number"
        case .string: "text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    package var pairs: [Pair]? {
        if case .mapping(let pairs) = value { pairs } else { nil }
    }

    package var items: [Node]? {
        if case .sequence(let items) = value { items } else { nil }
    }

    package var string: String? {
        if case .string(let text) = value { text } else { nil }
    }

    /// A whole or other number.
    package var number: Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// The value of the last pair with this key: a duplicate key's last value wins, as in Go's encoding/json.
    package subscript(_ key: String) -> Node? { pairs?.last { $0.key == key }?.value }
}
