internal import CRE2

/// Many patterns in one automaton: one pass over a line says which of them match.
///
/// `matchesAny` is the hot path and allocates nothing. `candidates` runs only on lines for which it said yes.
package final class RegexSet: Sendable {
    /// What a pass over a line found.
    package enum Verdict: Equatable, Sendable { case none, some, outOfMemory }

    /// Memory that the set's automaton may use, in bytes. When a text needs more, the verdict is `outOfMemory`
    /// and the caller must confirm every pattern by itself: slower, never wrong.
    package static let memoryBytesMax = 6 << 20

    package let count: Int
    // SAFETY: a compiled RE2::Set is immutable to callers and documented as thread-safe.
    private nonisolated(unsafe) let handle: OpaquePointer

    /// - Throws: `RegexError` for the first pattern that does not compile.
    package init(_ patterns: [String], memoryBytesMax: Int = RegexSet.memoryBytesMax) throws(RegexError) {
        guard let set = ke_re2_set_new(Int64(memoryBytesMax)) else {
            throw RegexError(message: "out of memory", fragment: "")
        }
        handle = set
        count = patterns.count
        for pattern in patterns {
            var text = Regex.translatingGoSyntax(pattern)
            let index = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { ke_re2_set_add(set, $0.baseAddress, $0.count) }
            }
            guard index >= 0 else {
                // The set says only that it failed; the single pattern says why.
                _ = try Regex(pattern)
                throw RegexError(message: "the pattern does not fit into the set", fragment: pattern)
            }
        }
        guard patterns.isEmpty || ke_re2_set_compile(set) else {
            throw RegexError(message: "the patterns together need more than \(memoryBytesMax) bytes", fragment: "")
        }
    }

    deinit { ke_re2_set_free(handle) }

    /// Whether any pattern matches. No allocation.
    package func matchesAny(_ text: Span<UInt8>) -> Verdict {
        guard count > 0 else { return .none }
        let verdict = text.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { ke_re2_set_any(handle, $0.baseAddress, $0.count) }
        }
        switch verdict {
        case 0: return .none
        case 1: return .some
        default: return .outOfMemory
        }
    }

    /// Indices of all patterns that match, ascending. On memory exhaustion: all indices, to be confirmed one by one.
    package func candidates(_ text: Span<UInt8>) -> [Int] {
        guard count > 0 else { return [] }
        var found = [Int32](repeating: 0, count: count)
        let capacity = Int32(count)
        let total = text.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { chars in
                found.withUnsafeMutableBufferPointer {
                    ke_re2_set_match(handle, chars.baseAddress, chars.count, $0.baseAddress, capacity)
                }
            }
        }
        return total < 0 ? Array(0..<count) : found.prefix(Int(total)).map(Int.init)
    }
}
