/// Swift source of which only code is left: texts, with what is interpolated into them, and comments behind `//` are
/// blank. Positions and lines stay what they were.
struct CodeBytes {
    private(set) var bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if let end = commentEnd(index) ?? textEnd(index) {
                for place in index..<end where bytes[place] != UInt8(ascii: "\n") { bytes[place] = UInt8(ascii: " ") }
                index = end
            } else {
                index += 1
            }
        }
    }

    func has(_ word: StaticString, at index: Int) -> Bool {
        guard index + word.utf8CodeUnitCount <= bytes.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] { return false }
        return true
    }

    private func commentEnd(_ index: Int) -> Int? {
        guard has("//", at: index) else { return nil }
        return bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    }

    private func hashes(_ index: Int) -> Int {
        var end = index
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end - index
    }

    /// The end of the text that begins here, if one does: `"…"`, `"""…"""`, with `#` or without.
    private func textEnd(_ start: Int) -> Int? {
        let hashes = hashes(start)
        var index = start + hashes
        guard has("\"", at: index) else { return nil }
        let quotes = has("\"\"\"", at: index) ? 3 : 1
        index += quotes
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\n") where quotes == 1: return index
            case UInt8(ascii: "\""):
                if quotes == 1 || has("\"\"\"", at: index), self.hashes(index + quotes) >= hashes {
                    return index + quotes + hashes
                }
                index += 1
            case UInt8(ascii: "\\") where self.hashes(index + 1) >= hashes:
                index += 1 + hashes
                index = has("(", at: index) ? interpolationEnd(index + 1) : index + 1
            default: index += 1
            }
        }
        return bytes.count
    }

    /// Behind the parenthesis that closes what began before `start`.
    private func interpolationEnd(_ start: Int) -> Int {
        var index = start, depth = 1
        while index < bytes.count, depth > 0 {
            if let end = textEnd(index) {
                index = end
                continue
            }
            if bytes[index] == UInt8(ascii: "(") { depth += 1 }
            if bytes[index] == UInt8(ascii: ")") { depth -= 1 }
            index += 1
        }
        return index
    }

    /// Lines from 1 with `&&` in what `#expect(` and `#require(` hold to be true, closures left aside.
    var joinedExpectations: [Int] {
        var found: [Int] = [], line = 1
        // Parentheses and braces that are open within an expectation; nil: outside of one.
        var open: (parentheses: Int, braces: Int)?
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "#") where has("#expect(", at: index) || has("#require(", at: index):
                open = open ?? (0, 0)
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "("): open?.parentheses += 1
            case UInt8(ascii: ")"):
                open?.parentheses -= 1
                if open?.parentheses == 0 { open = nil }
            case UInt8(ascii: "{"): open?.braces += 1
            case UInt8(ascii: "}"): open?.braces -= 1
            case UInt8(ascii: "&") where open?.braces == 0 && has("&&", at: index): found.append(line)
            default: break
            }
        }
        return found
    }
}
