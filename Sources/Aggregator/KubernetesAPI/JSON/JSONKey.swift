import Foundation

/// A key to look members up by, prepared once: a text of the program, or one that a `JSONKeyStore` keeps.
package struct JSONKey: @unchecked Sendable {
    // SAFETY: the bytes are never written, and live as long as the program or their store.
    let start: UnsafePointer<UInt8>?
    let count: Int
    /// The first eight bytes, the first one lowest; zero behind the end.
    let head: UInt64

    init(start: UnsafePointer<UInt8>?, count: Int) {
        self.start = start
        self.count = count
        head = Self.head(UnsafeBufferPointer(start: start, count: count))
    }

    static func head(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var head: UInt64 = 0
        for (place, byte) in bytes.prefix(8).enumerated() { head |= UInt64(byte) << UInt64(place * 8) }
        return head
    }

    package var text: String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }
}

extension JSONKey: ExpressibleByStringLiteral {
    package init(stringLiteral text: StaticString) { self.init(start: text.utf8Start, count: text.utf8CodeUnitCount) }
}
