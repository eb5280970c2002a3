/// A place in a text: 1-based line and column (in characters as libyaml counts them).
public struct Mark: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public var description: String { "\(line):\(column)" }

    public static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// A value read from YAML or JSON, with its place in the text.
public struct Node: Equatable, Sendable {
    public enum Value: Equatable, Sendable {
        case null
        case bool(Bool)
        /// An integer that fits; YAML 1.2 core spelling.
        case integer(Int)
        case double(Double)
        case string(String)
        case sequence([Node])
        case mapping([Pair])
    }

    public struct Pair: Equatable, Sendable {
        public let key: String
        public let keyMark: Mark
        public let value: Node

        public init(key: String, keyMark: Mark, value: Node) {
            self.key = key
            self.keyMark = keyMark
            self.value = value
        }
    }

    public let value: Value
    public let mark: Mark

    public init(_ value: Value, mark: Mark) {
        self.value = value
        self.mark = mark
    }

    /// What a person calls this kind of value.
    public var kindName: String {
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

    public var pairs: [Pair]? {
        if case .mapping(let pairs) = value { pairs } else { nil }
    }

    public var items: [Node]? {
        if case .sequence(let items) = value { items } else { nil }
    }

    public var string: String? {
        if case .string(let text) = value { text } else { nil }
    }

    /// A whole or other number.
    public var number: Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// The value of the last pair with this key: a duplicate key's last value wins, as in Go's encoding/json.
    public subscript(_ key: String) -> Node? { pairs?.last { $0.key == key }?.value }
}

/// What is wrong with a text, and where.
public struct ParseError: Error, Equatable, CustomStringConvertible {
    public let message: String
    public let mark: Mark

    public init(message: String, mark: Mark) {
        self.message = message
        self.mark = mark
    }

    public var description: String { "\(mark): \(message)" }
}
