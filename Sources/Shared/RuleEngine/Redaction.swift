package import Regex

/// Redacts secrets in log text before it leaves the node.
///
/// `SecretShape.all` is the table of what is taken out. One pass over a text says which shapes are in it, mostly none;
/// only those are replaced.
package struct Redaction: Sendable {
    /// What stands in a secret's place.
    package static let mark = "[redacted]"

    private let shapes: [(shape: SecretShape, regex: Regex)]
    private let any: RegexSet

    package init() throws(RegexError) {
        var compiled: [(SecretShape, Regex)] = []
        for shape in SecretShape.all { compiled.append((shape, try Regex(shape.pattern))) }
        shapes = compiled
        any = try RegexSet(SecretShape.all.map(\.pattern))
    }

    /// `text` with each secret replaced by `[redacted]`.
    package func redact(_ text: String) -> String {
        var bytes = Array(text.utf8)
        if any.matchesAny(bytes.span) == .none { return text }
        for index in any.candidates(bytes.span) { bytes = replacing(shapes[index], in: bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func replacing(_ one: (shape: SecretShape, regex: Regex), in bytes: [UInt8]) -> [UInt8] {
        let mark = Array(Self.mark.utf8)
        var out: [UInt8] = []
        // Up to here everything is in `out`.
        var copied = 0
        var start = 0
        while start <= bytes.count, let ranges = one.regex.firstMatch(in: bytes.span, from: start),
            let whole = ranges[0]
        {
            // Go on right behind the secret, and at least behind one byte.
            start = max(whole.lowerBound + 1, whole.upperBound)
            for case let secret? in ranges.dropFirst() where secret.lowerBound >= copied && !secret.isEmpty {
                let found = bytes[secret]
                if found.starts(with: mark) || !one.shape.isSecret(found) { continue }
                out += bytes[copied..<secret.lowerBound]
                out += mark
                copied = secret.upperBound
                start = max(whole.lowerBound + 1, secret.upperBound)
            }
        }
        return out + bytes[copied...]
    }
}
