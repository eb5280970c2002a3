import Platform
package import YAML

/// Writes JSON text, compact.
package struct JSONText {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string($0) }
    }

    mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: raw("\\n")
            case 0x09: raw("\\t")
            case 0x0D: raw("\\r")
            case 0..<0x20:
                raw("\\u00")
                bytes.append(Self.hex[Int(byte >> 4)])
                bytes.append(Self.hex[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hex = Array("0123456789abcdef".utf8)

    mutating func number(_ value: Double) {
        // JSON has no spelling for the others.
        if !value.isFinite { return raw("null") }
        if value == value.rounded(), abs(value) < 1e15 { return bytes.append(contentsOf: "\(Int(value))".utf8) }
        bytes.append(contentsOf: "\(value)".utf8)
    }

    mutating func integer(_ value: Int) { bytes.append(contentsOf: "\(value)".utf8) }

    package mutating func value(_ view: JSONView) {
        switch view.kind {
        case .null: raw("null")
        case .bool: view.bool == true ? raw("true") : raw("false")
        case .integer:
            if let integer = view.integer {
                self.integer(integer)
            } else {
                bytes.append(contentsOf: "\(view.unsigned ?? 0)".utf8)
            }
        case .double: number(view.double ?? 0)
        case .string: _ = view.withBytes { string($0) }
        case .array: elements(view) { text, element in text.value(element) }
        case .object: members(view) { text, _, member in text.value(member) }
        }
    }

    /// A list, with `write` for each element.
    mutating func elements(_ view: JSONView, write: (inout JSONText, JSONView) -> Void) {
        raw("[")
        var isFirst = true
        for element in view.elements {
            if !isFirst { raw(",") }
            isFirst = false
            write(&self, element)
        }
        raw("]")
    }

    /// An object with the members that are wanted; `write` writes their values.
    package mutating func members(
        _ view: JSONView, where isWanted: (_ key: JSONView, _ value: JSONView) -> Bool = { _, _ in true },
        write: (inout JSONText, _ key: JSONView, _ value: JSONView) -> Void
    ) {
        raw("{")
        var isFirst = true
        for (key, member) in view.members where isWanted(key, member) {
            if !isFirst { raw(",") }
            isFirst = false
            value(key)
            raw(":")
            write(&self, key, member)
        }
        raw("}")
    }

    /// A value without the nulls in its objects.
    package mutating func withoutNulls(_ view: JSONView) {
        switch view.kind {
        case .array: elements(view) { $0.withoutNulls($1) }
        case .object: members(view, where: { !$1.isNull }) { text, _, member in text.withoutNulls(member) }
        default: value(view)
        }
    }
}

extension JSONText {
    /// A tree that was read from YAML or JSON; of members with one key the last counts.
    package mutating func value(_ node: Node) {
        switch node.value {
        case .null: raw("null")
        case .bool(let flag): flag ? raw("true") : raw("false")
        case .integer(let integer): self.integer(integer)
        case .double(let double): number(double)
        case .string(let text): string(text)
        case .sequence(let items):
            raw("[")
            for (place, item) in items.enumerated() {
                if place > 0 { raw(",") }
                value(item)
            }
            raw("]")
        case .mapping(let pairs):
            raw("{")
            let names = Set(pairs.map(\.key))
            var last: [String: Mark] = [:]
            if names.count < pairs.count { for pair in pairs { last[pair.key] = pair.keyMark } }
            var isFirst = true
            for pair in pairs where last.isEmpty || last[pair.key] == pair.keyMark {
                if !isFirst { raw(",") }
                isFirst = false
                string(pair.key)
                raw(":")
                value(pair.value)
            }
            raw("}")
        }
    }
}
