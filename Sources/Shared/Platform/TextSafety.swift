/// Log text is untrusted: it may contain escape sequences and NULs, and be arbitrarily long.
package enum TextSafety {
    /// Control characters (C0, DEL, C1, and the bidirectional overrides) become a blank; tabs and line breaks too.
    package static func printable(_ text: String) -> String {
        // Nearly all texts are plain ASCII.
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        if text.unicodeScalars.allSatisfy({ !isUnsafe($0) }) { return text }
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { out.append(isUnsafe(scalar) ? " " : scalar) }
        return String(out)
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// At most `bytesMax` bytes of UTF-8, cut on a character boundary, with `…` when something was cut.
    package static func cut(_ text: String, bytesMax: Int) -> String {
        if text.utf8.count <= bytesMax { return text }
        var end = text.startIndex
        var used = 0
        while end < text.endIndex {
            let size = text[end].utf8.count
            if used + size > bytesMax - 3 { break }
            used += size
            end = text.index(after: end)
        }
        return text[..<end] + "…"
    }
}
