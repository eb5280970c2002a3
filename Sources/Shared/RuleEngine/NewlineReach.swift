/// Whether a pattern can only match inside one line, decided from its spelling; in doubt it cannot be promised.
///
/// node-problem-detector searches the last N records joined by line breaks. A pattern that neither consumes a
/// line break nor asks for the start of the whole text gives the same answer on the newest record alone, and there
/// it can share one automaton with all other rules.
enum NewlineReach {
    static func staysInsideRecord(_ pattern: String) -> Bool {
        var scanner = Scanner(bytes: Array(pattern.utf8))
        return scanner.isSafe()
    }

    private struct Scanner {
        let bytes: [UInt8]
        var index = 0
        var caretIsSafe = false

        init(bytes: [UInt8]) { self.bytes = bytes }

        private func starts(_ text: String) -> Bool { bytes[index...].starts(with: text.utf8) }

        mutating func isSafe() -> Bool {
            if starts("(?m)") {
                caretIsSafe = true
                index = 4
            }
            while index < bytes.count {
                let safe: Bool =
                    switch bytes[index] {
                    case UInt8(ascii: "\\"): escapeIsSafe()
                    case UInt8(ascii: "["): classIsSafe()
                    case UInt8(ascii: "("): groupIsSafe()
                    case UInt8(ascii: "^"): caretIsSafe
                    case 0..<0x20: false
                    default: true
                    }
                if !safe { return false }
                index += 1
            }
            return true
        }

        /// Leaves `index` on the escaped byte.
        private mutating func escapeIsSafe() -> Bool {
            index += 1
            guard index < bytes.count else { return false }
            switch bytes[index] {
            case UInt8(ascii: "d"), UInt8(ascii: "w"), UInt8(ascii: "S"), UInt8(ascii: "t"), UInt8(ascii: "z"):
                return true
            case UInt8(ascii: "b"), UInt8(ascii: "B"): return true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                return false
            case let byte: return byte > 0x20
            }
        }

        /// Leaves `index` on the closing bracket.
        private mutating func classIsSafe() -> Bool {
            index += 1
            var negated = false
            var excludesNewline = false
            if index < bytes.count, bytes[index] == UInt8(ascii: "^") {
                negated = true
                index += 1
            }
            var first = true
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: "]"), !first { return !negated || excludesNewline }
                first = false
                if byte == UInt8(ascii: "\\") {
                    if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "n") {
                        if !negated { return false }
                        excludesNewline = true
                        index += 1
                    } else if negated {
                        // Exclusions of a negated class do not add line breaks; \s and \W exclude them, too.
                        index += 1
                        if index < bytes.count, bytes[index] == UInt8(ascii: "s") || bytes[index] == UInt8(ascii: "W") {
                            excludesNewline = true
                        } else if index < bytes.count,
                            bytes[index] == UInt8(ascii: "S") || bytes[index] == UInt8(ascii: "x")
                        {
                            return false
                        }
                    } else if !escapeIsSafe() {
                        return false
                    }
                } else if starts("[:") {
                    let name = String(decoding: bytes[(index + 2)...].prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
                    if negated
                        || !["alpha", "digit", "alnum", "punct", "upper", "lower", "xdigit", "word"].contains(name)
                    {
                        return false
                    }
                    index += name.utf8.count + 3
                } else if byte < 0x20 {
                    return false
                }
                index += 1
            }
            return false
        }

        /// Leaves `index` on the last byte of the group's opening.
        private mutating func groupIsSafe() -> Bool {
            if !starts("(?") { return true }
            if starts("(?:") || starts("(?i)") || starts("(?i:") {
                index += starts("(?:") ? 2 : 3
                return true
            }
            if starts("(?P<") || starts("(?<") {
                guard let end = bytes[index...].firstIndex(of: UInt8(ascii: ">")) else { return false }
                index = end
                return true
            }
            return false
        }
    }
}
