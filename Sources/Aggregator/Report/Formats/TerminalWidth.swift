import Platform

/// How many columns a text takes (Unicode Standard Annex 11: wide and full-width characters take two).
package enum TerminalWidth {
    package static func of(_ text: String) -> Int {
        // Nearly all texts are plain ASCII.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// As much of a text as fits, with `…` where something is cut.
    package static func cut(_ text: String, columns: Int) -> String {
        if of(text) <= columns { return text }
        let out = String(text[..<fitting(text[...], columns: columns - 1)])
        return columns > 0 ? out + "…" : ""
    }

    /// With blanks behind it, where it is narrower.
    package static func padded(_ text: String, columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - of(text)))
    }

    /// A text in lines that fit, broken at blanks where there are any.
    /// - Parameter columns: 0: one line.
    package static func lines(_ text: String, columns: Int) -> [String] {
        guard columns > 0 else { return [text] }
        var lines: [String] = []
        var rest = text[...]
        while of(String(rest)) > columns {
            let end = fitting(rest, columns: columns)
            let blank = rest[..<end].lastIndex(of: " ")
            let stop = rest[end...].first == " " ? end : blank ?? end
            let isBroken = stop > rest.startIndex
            // A character may be wider than a line.
            let next = isBroken ? stop : rest.index(after: rest.startIndex)
            lines.append(String(rest[..<next]))
            rest = rest[next...].drop { $0 == " " }
        }
        if !rest.isEmpty || lines.isEmpty { lines.append(String(rest)) }
        return lines
    }

    /// A shell command in lines that fit, broken between words with `\`, so that it can be pasted. A word is never
    /// broken, however long.
    package static func command(_ command: String, columns: Int) -> [String] {
        guard columns > 0, of(command) > columns else { return [command] }
        var lines: [String] = [], line = ""
        for word in ShellWord.split(command) {
            let joined = line.isEmpty ? word : "\(line) \(word)"
            if line.isEmpty || of(joined) + 2 <= columns {
                line = joined
            } else {
                lines.append(line + " \\")
                line = "  " + word
            }
        }
        return lines + [line]
    }

    /// Where the longest beginning ends that fits.
    private static func fitting(_ text: Substring, columns: Int) -> Substring.Index {
        var end = text.startIndex, used = 0
        while end < text.endIndex {
            let width = of(String(text[end]))
            if used + width > columns { break }
            used += width
            end = text.index(after: end)
        }
        return end
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x20..<0x7F: return 1
        case 0x1160...0x11FF, 0x200B...0x200F, 0xFE00...0xFE0F, 0xE0100...0xE01EF: return 0
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
            0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            let properties = scalar.properties
            if properties.isEmojiPresentation { return 2 }
            return switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: 0
            default: 1
            }
        }
    }
}
