package import Regex

/// Redacts secrets in log text before it leaves the node.
///
/// Redacted: `Authorization` and bearer values, JWTs, PEM blocks, `password|token|secret|key=` values, user info
/// in URLs.
package struct Redaction: Sendable {
    private let rules: [(Regex, group: Int)]
    private let any: RegexSet

    private static let patterns: [(String, group: Int)] = [
        (#"(?i)\bauthorization['"]?\s*[:=]\s*['"]?(?:(?:bearer|basic|token)\s+)?([^\s'",;]+)"#, 1),
        (#"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{8,})"#, 1),
        (#"\b(eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?)"#, 1),
        (#"(?s)(-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\z))"#, 1),
        (
            #"(?i)(?:password|passwd|token|secret|api[_-]?key|access[_-]?key|private[_-]?key|\bkey)['"]?\s*[=:]\s*['"]?([^\s'",;&)}]+)"#,
            1
        ),
        (#"\b[a-z][a-z0-9+.-]*://([^\s/@:]+(?::[^\s/@]*)?)@"#, 1),
    ]

    package init() throws(RegexError) {
        var compiled: [(Regex, group: Int)] = []
        for (pattern, group) in Self.patterns { compiled.append((try Regex(pattern), group)) }
        rules = compiled
        any = try RegexSet(Self.patterns.map(\.0))
    }

    /// `text` with each secret replaced by `[redacted]`.
    package func redact(_ text: String) -> String {
        let original = Array(text.utf8)
        if any.matchesAny(original.span) == .none { return text }
        var bytes = original
        for (regex, group) in rules { bytes = replacing(regex, group, in: bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func replacing(_ regex: Regex, _ group: Int, in bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var rest = bytes[...]
        while let ranges = regex.firstMatch(in: Array(rest).span), let whole = ranges[0], !whole.isEmpty {
            let secret = ranges[group] ?? whole
            out += rest[rest.startIndex..<(rest.startIndex + secret.lowerBound)]
            out += Array("[redacted]".utf8)
            // Go on right behind the secret, and at least behind one byte.
            rest = rest[(rest.startIndex + max(secret.upperBound, whole.lowerBound + 1))...]
        }
        return out + rest
    }
}
