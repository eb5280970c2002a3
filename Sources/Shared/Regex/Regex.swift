internal import CRE2
import Platform

/// One compiled RE2 pattern: linear time on any text, leftmost-first, UTF-8.
///
/// The syntax is Go's `regexp`, with which node-problem-detector's files are written: `(?<name>…)`, which
/// Go accepts since 1.22 and this RE2 does not, is read as `(?P<name>…)`.
package final class Regex: Sendable {
    /// A match's range in bytes of the searched text.
    package typealias ByteRange = Range<Int>

    package let pattern: String
    /// Names of the capturing groups; index 0 is the whole match, `nil` an unnamed group.
    package let groupNames: [String?]
    /// Memory that one pattern's automaton may use, in bytes.
    package static let memoryBytesMax = 1 << 20
    /// A longer capture is cut.
    package static let captureBytesMax = 1024

    // SAFETY: RE2 objects are immutable after construction and documented as thread-safe.
    private nonisolated(unsafe) let handle: OpaquePointer

    /// - Throws: `RegexError` with RE2's message.
    package init(_ pattern: String, memoryBytesMax: Int = Regex.memoryBytesMax) throws(RegexError) {
        var text = Self.translatingGoSyntax(pattern)
        let compiled = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { ke_re2_new($0.baseAddress, $0.count, Int64(memoryBytesMax)) }
        }
        guard let compiled else { throw RegexError(message: "out of memory", fragment: "") }
        if let message = ke_re2_error(compiled) {
            let error = RegexError(
                message: String(cString: message), fragment: String(cString: ke_re2_error_fragment(compiled)))
            ke_re2_free(compiled)
            throw error
        }
        self.pattern = pattern
        self.handle = compiled
        self.groupNames = (0...Int(ke_re2_group_count(compiled))).map { index in
            ke_re2_group_name(compiled, Int32(index)).map { String(cString: $0) }
        }
    }

    deinit { ke_re2_free(handle) }

    /// Go's `(?<name>` spelling of a named group in RE2's.
    static func translatingGoSyntax(_ pattern: String) -> String {
        guard pattern.utf8.contains(UInt8(ascii: "<")) else { return pattern }
        var out: [UInt8] = []
        let bytes = Array(pattern.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count {
                out += bytes[index...index + 1]
                index += 2
            } else if bytes[index...].starts(with: Array("(?<".utf8)), index + 3 < bytes.count,
                bytes[index + 3] != UInt8(ascii: "="), bytes[index + 3] != UInt8(ascii: "!")
            {
                out += Array("(?P<".utf8)
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The leftmost match in `text`, as byte ranges: `[0]` the whole match, then each group (`nil`: not part of it).
    /// - Parameter start: where the search begins, in bytes; what stands before it is still seen by `\b` and `^`.
    package func firstMatch(in text: Span<UInt8>, from start: Int = 0) -> [ByteRange?]? {
        text.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { chars -> [ByteRange?]? in
                withUnsafeTemporaryAllocation(of: ke_re2_slice.self, capacity: groupNames.count) { slices in
                    // An empty buffer may have no address; RE2 wants one to measure ranges from.
                    withUnsafe(chars.baseAddress) { base in
                        guard
                            ke_re2_search(handle, base, chars.count, start, slices.baseAddress, Int32(groupNames.count))
                        else { return nil }
                        return (0..<groupNames.count).map { index in
                            guard let start = slices[index].start else { return nil }
                            let lower = start - base
                            return lower..<(lower + slices[index].length)
                        }
                    }
                }
            }
        }
    }

    /// Whether the pattern matches anywhere in `text`.
    package func matches(_ text: Span<UInt8>) -> Bool {
        text.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { chars in
                withUnsafe(chars.baseAddress) { ke_re2_search(handle, $0, chars.count, 0, nil, 0) }
            }
        }
    }

    /// The same for a `String`; captures by group name, whole match excluded.
    package func captures(in text: String) -> [String: String]? {
        let bytes = Array(text.utf8)
        guard let ranges = firstMatch(in: bytes.span) else { return nil }
        return captures(ranges, in: bytes.span)
    }

    /// Named groups of a match as text; invalid UTF-8 becomes U+FFFD.
    package func captures(_ ranges: [ByteRange?], in text: Span<UInt8>) -> [String: String] {
        var captured: [String: String] = [:]
        for (name, range) in zip(groupNames, ranges) {
            guard let name, let range else { continue }
            captured[name] = TextSafety.cut(text.extracting(range).decoded(), bytesMax: Self.captureBytesMax)
        }
        return captured
    }
}

/// A non-null base address for C calls that measure offsets even in empty text.
private func withUnsafe<Result>(_ base: UnsafePointer<CChar>?, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    if let base { return body(base) }
    var nothing: CChar = 0
    return withUnsafePointer(to: &nothing) { body($0) }
}

extension Span<UInt8> {
    /// The bytes as text; every invalid UTF-8 sequence becomes U+FFFD.
    package func decoded() -> String {
        withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
