import Findings
import Foundation

/// Writes values of a report as `JSONEncoder` would, line by line at a depth within a larger text.
struct JSONLines {
    private(set) var bytes: [UInt8] = []
    let isPretty: Bool

    init(isPretty: Bool) { self.isPretty = isPretty }

    static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: 0x0A, omittingEmptySubsequences: false)
    }

    mutating func append(_ text: ArraySlice<UInt8>) { bytes.append(contentsOf: text) }

    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A line break and blanks; nothing in the short form.
    private mutating func line(_ indent: Int) {
        guard isPretty else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: indent))
    }

    /// Any value, through the encoder.
    mutating func value<Value: Encodable>(_ value: Value, _ indent: Int) throws {
        let text = try JSONFormat.bytes(value, isPretty: isPretty)
        guard isPretty else { return append(text[...]) }
        for part in Self.split(text) { line(part, indent) }
    }

    /// JSONEncoder leaves the inside of an empty array without blanks.
    private mutating func line(_ part: ArraySlice<UInt8>, _ indent: Int) {
        line(part.isEmpty ? 0 : indent)
        append(part)
    }

    /// A finding. The places at which best-practice checks fail are most of a large report, and are written without the
    /// encoder, into the array that it leaves empty.
    mutating func item(_ item: Report.Item, _ indent: Int) throws {
        guard !item.failures.isEmpty else { return try value(item, indent) }
        var rest = item
        rest.failures = []
        let text = try JSONFormat.bytes(rest, isPretty: isPretty)
        let opening = Array((isPretty ? "  \"failures\" : [" : "\"failures\":[").utf8)
        guard isPretty else {
            // Within a text its quotes would have backslashes before them.
            guard let place = text.firstRange(of: opening) else { return try value(item, indent) }
            append(text[..<place.upperBound])
            failures(item.failures, indent)
            return append(text[place.upperBound...])
        }
        var isInside = false
        for part in Self.split(text) {
            if isInside, part.isEmpty { continue }
            isInside = false
            line(part, indent)
            if part.elementsEqual(opening) {
                isInside = true
                failures(item.failures, indent + 4)
            }
        }
    }

    private mutating func failures(_ failures: [Report.FailedPlace], _ indent: Int) {
        for (number, failure) in failures.enumerated() {
            if number > 0 { raw(",") }
            line(indent)
            raw("{")
            for (place, (name, text)) in failure.members.enumerated() {
                if place > 0 { raw(",") }
                line(indent + 2)
                raw("\"")
                raw(name)
                isPretty ? raw("\" : ") : raw("\":")
                string(text)
            }
            line(indent)
            raw("}")
        }
    }

    private mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { all in
            bytes.append(UInt8(ascii: "\""))
            var start = 0
            for (place, byte) in all.enumerated() {
                guard Self.isEscaped(byte) || byte == 0xC2 && place + 1 < all.count && all[place + 1] < 0xA0 else {
                    continue
                }
                bytes.append(contentsOf: all[start..<place])
                start = place + 1
                switch byte {
                case UInt8(ascii: "\""): raw("\\\"")
                case UInt8(ascii: "\\"): raw("\\\\")
                case 0x08: raw("\\b")
                case 0x09: raw("\\t")
                case 0x0A: raw("\\n")
                case 0x0C: raw("\\f")
                case 0x0D: raw("\\r")
                case 0xC2:
                    control(all[place + 1])
                    start = place + 2
                default: control(byte)
                }
            }
            bytes.append(contentsOf: all[start...])
            bytes.append(UInt8(ascii: "\""))
        }
    }

    private static func isEscaped(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F }

    private mutating func control(_ code: UInt8) {
        raw("\\u00")
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(hex[Int(code >> 4)])
        bytes.append(hex[Int(code & 15)])
    }
}

extension Report.FailedPlace {
    /// As JSON has them, in their order.
    fileprivate var members: [(StaticString, String)] {
        [
            ("alias", alias), ("at", at), ("check", check), ("container", container), ("expected", expected),
            ("level", level.rawValue), ("message", message), ("path", path), ("place", place),
            ("severity", severity.rawValue), ("value", value),
        ]
    }
}
