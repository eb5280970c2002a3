/// Where a pattern of node-problem-detector's ends.
///
/// The original searches `(?:pattern)\z`: the match must reach the end of the newest record. A pattern that ends in a
/// word is therefore deaf where the line goes on, which is what people do not expect of it. And until mid-2026 it was
/// `pattern\z`, so that of `a|b` only `b` had to.
enum NPDPatternEnd {
    /// Branches of the top level.
    static func branches(_ pattern: String) -> [Substring] {
        var branches: [Substring] = []
        var start = pattern.startIndex
        var depth = 0
        var isClass = false
        var index = pattern.startIndex
        while index < pattern.endIndex {
            switch pattern[index] {
            case "\\": index = pattern.index(after: index)
            case "[" where !isClass: isClass = true
            case "]" where isClass: isClass = false
            case "(" where !isClass: depth += 1
            case ")" where !isClass: depth -= 1
            case "|" where !isClass && depth == 0:
                branches.append(pattern[start..<index])
                start = pattern.index(after: index)
            default: break
            }
            if index < pattern.endIndex { index = pattern.index(after: index) }
        }
        return branches + [pattern[start...]]
    }

    /// Whether a branch ends in a letter or digit that stands for itself.
    static func endsInWord(_ branch: Substring) -> Bool {
        guard let last = branch.last, last.isLetter || last.isNumber else { return false }
        let before = branch.dropLast()
        // An escape such as \d, \S or \z is no letter; `\\d` is one behind a backslash.
        let backslashes = before.reversed().prefix { $0 == "\\" }.count
        return backslashes % 2 == 0
    }

    /// What a reader of the pattern should know, or nil.
    static func remark(_ pattern: String) -> String? {
        let all = branches(pattern)
        if all.count > 1 {
            let shown = pattern.count > 60 ? pattern.prefix(57) + "…" : pattern
            return
                "has alternatives at its top level: each must reach the end of the line here and since node-problem-detector's mid-2026 version, only the last one before; write `(?:\(shown)).*`"
        }
        guard let only = all.first, endsInWord(only) else { return nil }
        return
            "must reach the end of the line, as in node-problem-detector: it finds nothing where the line goes on; add `.*` to find it anywhere"
    }
}
