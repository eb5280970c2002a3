import Foundation

/// A `JSONValue` that does not retain its document: for walks over millions of values, where counting references would
/// be most of the work.
///
/// Valid while its document exists; the creator keeps the document for as long (`JSONDocument.withView`).
package struct JSONView {
    private let tape: UnsafePointer<UInt64>
    private let strings: UnsafePointer<UInt8>
    package let index: Int

    fileprivate init(_ tape: UnsafePointer<UInt64>, _ strings: UnsafePointer<UInt8>, _ index: Int) {
        self.tape = tape
        self.strings = strings
        self.index = index
    }

    @inline(__always) private var word: UInt64 { tape[index] }
    @inline(__always) private var tag: UInt8 { UInt8(truncatingIfNeeded: word >> 56) }
    @inline(__always) private var payload: Int { Int(truncatingIfNeeded: word & 0x00FF_FFFF_FFFF_FFFF) }

    @inline(__always) package var kind: JSONValue.Kind {
        switch tag {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "l"), UInt8(ascii: "u"): .integer
        case UInt8(ascii: "d"): .double
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        default: .null
        }
    }

    @inline(__always) private func after(_ index: Int) -> Int {
        let word = tape[index]
        switch UInt8(truncatingIfNeeded: word >> 56) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return Int(word & 0xFFFF_FFFF)
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): return index + 2
        default: return index + 1
        }
    }

    package var isNull: Bool { tag == UInt8(ascii: "n") }

    // MARK: Scalars

    private var textBytes: UnsafeBufferPointer<UInt8>? {
        guard tag == UInt8(ascii: "\"") else { return nil }
        return bytes(at: payload)
    }

    @inline(__always) private func bytes(at offset: Int) -> UnsafeBufferPointer<UInt8> {
        let start = strings + offset
        let length = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return UnsafeBufferPointer(start: start + 4, count: Int(length))
    }

    package var string: String? { textBytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The text's bytes, for as long as `body` runs.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result? { textBytes.map(body) }

    package var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    package var double: Double? {
        let next = tape[index + 1]
        switch tag {
        case UInt8(ascii: "l"): return Double(Int64(bitPattern: next))
        case UInt8(ascii: "u"): return Double(next)
        case UInt8(ascii: "d"): return Double(bitPattern: next)
        default: return nil
        }
    }

    /// A whole number that fits, `1.0` too.
    package var integer: Int? {
        let next = tape[index + 1]
        switch tag {
        case UInt8(ascii: "l"): return Int(Int64(bitPattern: next))
        case UInt8(ascii: "u"): return Int(exactly: next)
        case UInt8(ascii: "d"): return Int(exactly: Double(bitPattern: next))
        default: return nil
        }
    }

    /// Above what `Int` holds.
    var unsigned: UInt64? { tag == UInt8(ascii: "u") ? tape[index + 1] : nil }

    /// Unicode scalars of a text.
    package var scalarCount: Int? { textBytes.map { $0.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) } } }

    package func equals(_ key: JSONKey) -> Bool { tag == UInt8(ascii: "\"") && same(payload, key) }

    @inline(__always) private func same(_ offset: Int, _ key: JSONKey) -> Bool {
        let start = UnsafeRawPointer(strings + offset)
        let length = Int(start.loadUnaligned(as: UInt32.self))
        guard length == key.count else { return false }
        // simdjson's string buffer has room behind its end.
        let head = (start + 4).loadUnaligned(as: UInt64.self)
        let mask = length >= 8 ? UInt64.max : (1 << UInt64(length * 8)) - 1
        guard head & mask == key.head else { return false }
        if length <= 8 { return true }
        return Self.same(start + 4, key.start, length)
    }

    private static func same(_ a: UnsafeRawPointer?, _ b: UnsafeRawPointer?, _ length: Int) -> Bool {
        guard length > 0, let a, let b else { return length == 0 }
        return memcmp(a, b, length) == 0
    }

    // MARK: Members and elements

    /// Number of elements or members; 0 for scalars.
    package var count: Int {
        guard tag == UInt8(ascii: "{") || tag == UInt8(ascii: "[") else { return 0 }
        let stored = Int((word >> 32) & 0xFF_FFFF)
        if stored < 0xFF_FFFF { return stored }
        return tag == UInt8(ascii: "[") ? elements.reduce(0) { n, _ in n + 1 } : members.reduce(0) { n, _ in n + 1 }
    }

    package subscript(_ key: JSONKey) -> JSONView? {
        guard tag == UInt8(ascii: "{") else { return nil }
        let end = Int(word & 0xFFFF_FFFF) - 1
        var at = index + 1
        while at < end {
            if same(Int(tape[at] & 0x00FF_FFFF_FFFF_FFFF), key) { return JSONView(tape, strings, at + 1) }
            at = after(at + 1)
        }
        return nil
    }

    /// By a name that is known only now.
    package func member(named name: String) -> JSONView? { Self.with(name) { self[$0] } }

    package func equals(_ text: String) -> Bool { Self.with(text) { equals($0) } }

    private static func with<Result>(_ text: String, _ body: (JSONKey) -> Result) -> Result {
        var text = text
        return text.withUTF8 { body(JSONKey(start: $0.baseAddress, count: $0.count)) }
    }

    package var elements: Elements { Elements(self) }
    package var members: Members { Members(self) }

    package struct Elements: Sequence, IteratorProtocol {
        private let view: JSONView
        private var at: Int
        private let end: Int

        fileprivate init(_ view: JSONView) {
            self.view = view
            at = view.index + 1
            end = view.kind == .array ? Int(view.word & 0xFFFF_FFFF) - 1 : 0
        }

        package mutating func next() -> JSONView? {
            guard at < end else { return nil }
            defer { at = view.after(at) }
            return JSONView(view.tape, view.strings, at)
        }
    }

    /// Members in their order; the key is a view too, so that it costs nothing until it is read.
    package struct Members: Sequence, IteratorProtocol {
        private let view: JSONView
        private var at: Int
        private let end: Int

        fileprivate init(_ view: JSONView) {
            self.view = view
            at = view.index + 1
            end = view.kind == .object ? Int(view.word & 0xFFFF_FFFF) - 1 : 0
        }

        package mutating func next() -> (key: JSONView, value: JSONView)? {
            guard at < end else { return nil }
            defer { at = view.after(at + 1) }
            return (JSONView(view.tape, view.strings, at), JSONView(view.tape, view.strings, at + 1))
        }
    }

    // MARK: Comparison

    /// Equal as JSON Schema means it: numbers by value, objects whatever the order of their members.
    package func isEqual(to other: JSONView) -> Bool {
        if let a = textBytes {
            guard let b = other.textBytes, a.count == b.count else { return false }
            return Self.same(a.baseAddress, b.baseAddress, a.count)
        }
        switch (kind, other.kind) {
        case (.null, .null): return true
        case (.bool, .bool): return bool == other.bool
        case (.integer, .integer): return integer == other.integer && unsigned == other.unsigned
        case (.integer, .double), (.double, .integer), (.double, .double): return double == other.double
        case (.array, .array):
            return count == other.count && zip(elements, other.elements).allSatisfy { $0.isEqual(to: $1) }
        case (.object, .object):
            return count == other.count
                && members.allSatisfy { key, value in
                    other.members.contains { $0.key.isEqual(to: key) && $0.value.isEqual(to: value) }
                }
        default: return false
        }
    }
}

extension JSONValue {
    /// Without a hold on the document; keep that as long.
    package var view: JSONView { JSONView(document.tape, document.strings, index) }
}

extension JSONDocument {
    /// Lends the root for as long as `body` runs.
    package func withView<Result>(_ body: (JSONView) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(root.view) }
    }
}
