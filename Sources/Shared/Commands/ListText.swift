package import Platform
import YAML

/// A list for programs: rows with named values, as JSON or YAML.
package enum ListText {
    package static let formats = ["table", "json", "yaml"]

    package enum Value: Sendable {
        case text(String)
        case number(Int)
        case texts([String])
    }

    /// - Returns: nil for `table`, which the caller has to make.
    /// - Throws: for a format that is none.
    package static func text(
        _ rows: [[(String, Value)]], format: String
    ) throws(CommandFailure) -> String? {
        try text(Node(.sequence(rows.map(node)), mark: .start), format: format)
    }

    package static func text(_ row: [(String, Value)], format: String) throws(CommandFailure) -> String? {
        try text(node(row), format: format)
    }

    private static func text(_ tree: Node, format: String) throws(CommandFailure) -> String? {
        switch format {
        case "table": return nil
        case "json":
            var out = ""
            json(tree, 0, &out)
            return out
        case "yaml":
            guard let text = YAMLWriter.write(tree) else {
                throw CommandFailure(message: "The list cannot be written as YAML.")
            }
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        default:
            throw CommandFailure(
                message: "-o must be one of \(formats.joined(separator: ", ")); '\(format)' is not valid.")
        }
    }

    private static func node(_ row: [(String, Value)]) -> Node {
        let pairs = row.map { name, value in
            let node: Node.Value =
                switch value {
                case .text(let text): .string(text)
                case .number(let number): .integer(number)
                case .texts(let texts): .sequence(texts.map { Node(.string($0), mark: .start) })
                }
            return Node.Pair(key: name, keyMark: .start, value: Node(node, mark: .start))
        }
        return Node(.mapping(pairs), mark: .start)
    }

    private static func json(_ node: Node, _ depth: Int, _ out: inout String) {
        let indent = String(repeating: "  ", count: depth)
        switch node.value {
        case .mapping(let pairs):
            out += "{"
            for (place, pair) in pairs.enumerated() {
                out += (place > 0 ? "," : "") + "\n\(indent)  \(quoted(pair.key)): "
                json(pair.value, depth + 1, &out)
            }
            out += pairs.isEmpty ? "}" : "\n\(indent)}"
        case .sequence(let items):
            out += "["
            for (place, item) in items.enumerated() {
                out += (place > 0 ? "," : "") + "\n\(indent)  "
                json(item, depth + 1, &out)
            }
            out += items.isEmpty ? "]" : "\n\(indent)]"
        case .string(let text): out += quoted(text)
        case .integer(let number): out += String(number)
        case .double(let number): out += "\(number)"
        case .bool(let flag): out += flag ? "true" : "false"
        case .null: out += "null"
        }
    }

    /// Controls of either set are escaped: a terminal obeys them.
    private static func quoted(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "\"") { text, scalar in
            switch scalar.value {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0x0A: text += "\\n"
            case 0x09: text += "\\t"
            case 0..<0x20, 0x7F..<0xA0:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        } + "\""
    }
}
