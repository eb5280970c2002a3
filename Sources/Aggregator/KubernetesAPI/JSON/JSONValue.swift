/// A value of a parsed document. Reading a member or an element copies nothing; only `string` makes a text.
///
/// Wrong types are not errors: what is not there, or is something else, is nil or empty. Checks then say so themselves.
package struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    package enum Kind: Equatable, Sendable { case object, array, string, integer, double, bool, null }

    private var word: UInt64 { document.tape[index] }
    private var tag: UInt8 { UInt8(word >> 56) }
    private var payload: UInt64 { word & 0x00FF_FFFF_FFFF_FFFF }

    private static let objectTag = UInt8(ascii: "{"), arrayTag = UInt8(ascii: "["), stringTag = UInt8(ascii: "\"")
    private static let intTag = UInt8(ascii: "l"), unsignedTag = UInt8(ascii: "u"), doubleTag = UInt8(ascii: "d")

    var kind: Kind {
        switch tag {
        case Self.objectTag: .object
        case Self.arrayTag: .array
        case Self.stringTag: .string
        case Self.intTag, Self.unsignedTag: .integer
        case Self.doubleTag: .double
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        default: .null
        }
    }

    package var isNull: Bool { tag == UInt8(ascii: "n") }

    /// The index right behind a value.
    fileprivate static func after(_ tape: UnsafePointer<UInt64>, _ index: Int) -> Int {
        let word = tape[index]
        switch UInt8(word >> 56) {
        case objectTag, arrayTag: return Int(word & 0xFFFF_FFFF)
        case intTag, unsignedTag, doubleTag: return index + 2
        default: return index + 1
        }
    }

    // MARK: Scalars

    /// The text's bytes, for as long as `body` runs.
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result? {
        guard tag == Self.stringTag else { return nil }
        return withExtendedLifetime(document) { body(Self.bytes(document, Int(payload))) }
    }

    private static func bytes(_ document: JSONDocument, _ offset: Int) -> UnsafeBufferPointer<UInt8> {
        let start = document.strings + offset
        let length = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return UnsafeBufferPointer(start: start + 4, count: Int(length))
    }

    package var string: String? { withBytes { String(decoding: $0, as: UTF8.self) } }

    package var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// A whole number that fits.
    package var integer: Int? {
        let next = document.tape[index + 1]
        switch tag {
        case Self.intTag: return Int(Int64(bitPattern: next))
        case Self.unsignedTag: return Int(exactly: next)
        case Self.doubleTag: return Int(exactly: Double(bitPattern: next))
        default: return nil
        }
    }

    package var double: Double? {
        let next = document.tape[index + 1]
        switch tag {
        case Self.intTag: return Double(Int64(bitPattern: next))
        case Self.unsignedTag: return Double(next)
        case Self.doubleTag: return Double(bitPattern: next)
        default: return nil
        }
    }

    /// Whether this is exactly that text.
    package func equals(_ text: StaticString) -> Bool {
        guard tag == Self.stringTag else { return false }
        return withExtendedLifetime(document) { Self.same(Self.bytes(document, Int(payload)), text) }
    }

    private static func same(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        var left = bytes.baseAddress, right = Optional(text.utf8Start)
        for _ in 0..<bytes.count {
            if left?.pointee != right?.pointee { return false }
            left = left?.successor()
            right = right?.successor()
        }
        return true
    }

    // MARK: Members and elements

    /// The first member of an object with this key. Keys are compared as they stand in the text; no hashing.
    package subscript(_ key: StaticString) -> JSONValue? {
        guard tag == Self.objectTag else { return nil }
        return withExtendedLifetime(document) {
            let tape = document.tape
            let end = Int(payload & 0xFFFF_FFFF) - 1
            var at = index + 1
            while at < end {
                if Self.same(Self.bytes(document, Int(tape[at] & 0x00FF_FFFF_FFFF_FFFF)), key) {
                    return JSONValue(document: document, index: at + 1)
                }
                at = Self.after(tape, at + 1)
            }
            return nil
        }
    }

    /// The member with a key that is known only now.
    package func member(named key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    /// Elements of an array; nothing for anything else.
    package var elements: Elements { Elements(self, isContainer: tag == Self.arrayTag) }

    /// Members of an object in their order; nothing for anything else.
    package var members: Members { Members(self, isContainer: tag == Self.objectTag) }

    /// The elements of a member that is an array; nothing where it is missing.
    package func list(_ key: StaticString) -> Elements { self[key]?.elements ?? Elements(self, isContainer: false) }

    /// Number of elements or members.
    package var count: Int {
        switch kind {
        case .array: elements.reduce(0) { count, _ in count + 1 }
        case .object: members.reduce(0) { count, _ in count + 1 }
        default: 0
        }
    }

    package struct Elements: Sequence, IteratorProtocol {
        private let document: JSONDocument
        private var at: Int
        private let end: Int

        init(_ value: JSONValue, isContainer: Bool) {
            document = value.document
            at = value.index + 1
            end = isContainer ? JSONValue.after(value.document.tape, value.index) - 1 : 0
        }

        package mutating func next() -> JSONValue? {
            guard at < end else { return nil }
            defer { at = JSONValue.after(document.tape, at) }
            return JSONValue(document: document, index: at)
        }
    }

    package struct Members: Sequence, IteratorProtocol {
        private let document: JSONDocument
        private var at: Int
        private let end: Int

        package init(_ value: JSONValue, isContainer: Bool) {
            document = value.document
            at = value.index + 1
            end = isContainer ? JSONValue.after(value.document.tape, value.index) - 1 : 0
        }

        package mutating func next() -> (key: String, value: JSONValue)? {
            guard at < end else { return nil }
            defer { at = JSONValue.after(document.tape, at + 1) }
            return (
                JSONValue(document: document, index: at).string ?? "", JSONValue(document: document, index: at + 1)
            )
        }
    }
}
