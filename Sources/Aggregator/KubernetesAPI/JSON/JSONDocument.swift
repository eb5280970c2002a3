internal import CSimdJSON
import Findings
import Synchronization

/// A JSON text parsed once, in place, by simdjson; its values (`JSONValue`) read the tape and copy nothing.
///
/// The format of tape and string buffer: simdjson's doc/tape.md. A document owns its parser; parsers of ended documents
/// are used again, so that a page costs no allocation of its own.
package final class JSONDocument: Sendable {
    /// Larger texts are refused.
    static let bytesMax = 512 << 20
    /// A parser that grew beyond this is not kept.
    private static let keptCapacityBytesMax = 8 << 20
    private static let keptMax = 8

    // SAFETY: written in init only; the parser's memory is not changed while this object lives.
    nonisolated(unsafe) let tape: UnsafePointer<UInt64>
    // SAFETY: as `tape`.
    nonisolated(unsafe) let strings: UnsafePointer<UInt8>
    // SAFETY: used again only after this object is gone.
    private nonisolated(unsafe) let parser: OpaquePointer

    private struct Pool: ~Copyable {
        // SAFETY: parsers in the pool belong to nobody; the mutex guards the list.
        nonisolated(unsafe) var parsers: [OpaquePointer] = []
    }
    private static let pool = Mutex(Pool())

    /// Parses `text`, to which it appends a few bytes for a moment; no copy is made when its capacity allows that.
    package init(parsing text: inout [UInt8]) throws(JSONError) {
        guard text.count <= Self.bytesMax else {
            throw JSONError(kind: .tooLarge, message: "\(text.count) bytes; at most \(Self.bytesMax)")
        }
        guard let parser = Self.takeParser() else {
            throw JSONError(kind: .tooLarge, message: "out of memory")
        }
        let length = text.count
        text.append(contentsOf: repeatElement(0, count: ke_json_padding()))
        let parsed = text.withUnsafeBufferPointer { ke_json_parse(parser, $0.baseAddress, length) }
        text.removeLast(ke_json_padding())
        guard parsed.error == 0, let tape = parsed.tape, let strings = parsed.strings else {
            Self.giveBack(parser)
            throw Self.error(parsed.error, text)
        }
        self.parser = parser
        self.tape = tape
        self.strings = strings
    }

    package convenience init(_ text: some Sequence<UInt8>) throws(JSONError) {
        var bytes = Array(text)
        try self.init(parsing: &bytes)
    }

    deinit { Self.giveBack(parser) }

    package var root: JSONValue { JSONValue(document: self, index: 1) }

    private static func takeParser() -> OpaquePointer? {
        if let kept = pool.withLock({ $0.parsers.popLast() }) { return kept }
        return ke_json_parser_new(bytesMax + (1 << 20))
    }

    private static func giveBack(_ parser: OpaquePointer) {
        let isKept = pool.withLock { pool in
            guard pool.parsers.count < keptMax, ke_json_parser_capacity(parser) <= keptCapacityBytesMax else {
                return false
            }
            pool.parsers.append(parser)
            return true
        }
        if !isKept { ke_json_parser_free(parser) }
    }

    /// Releases cached parsers and the heap pages of freed texts: after a cluster was read they are larger than its
    /// index.
    package static func releaseMemory() {
        let kept = pool.withLock { pool in
            defer { pool.parsers = [] }
            return pool.parsers
        }
        for parser in kept { ke_json_parser_free(parser) }
        ke_json_trim_heap()
    }

    /// simdjson's code says little about where a text stops; its first and last bytes do.
    private static func error(_ code: Int32, _ text: [UInt8]) -> JSONError {
        let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
        let first = text.first { !blanks.contains($0) }, last = text.last { !blanks.contains($0) }
        let isCut =
            first == nil || first == UInt8(ascii: "{") && last != UInt8(ascii: "}")
            || first == UInt8(ascii: "[") && last != UInt8(ascii: "]")
        return JSONError(kind: isCut ? .truncated : .malformed, message: String(cString: ke_json_error_text(code)))
    }
}
