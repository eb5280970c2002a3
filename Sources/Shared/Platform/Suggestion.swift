/// "Did you mean …?" for ids and field names.
package enum Suggestion {
    /// The nearest candidate within two edits (one for short words), or `nil`.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        let limit = word.count <= 4 ? 1 : 2
        let scored = candidates.map { ($0, distance(word.lowercased(), $0.lowercased())) }
        return scored.filter { $0.1 <= limit }.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// The same for one of a few values, whose beginning or another word for it is enough: `warn`, `critical`.
    package static func value(for word: String, among candidates: [String]) -> String? {
        let word = word.lowercased()
        if let near = nearest(to: word, among: candidates) { return near }
        if word.count > 1, let whole = candidates.first(where: { $0.lowercased().hasPrefix(word) }) { return whole }
        return otherWords[word].flatMap { candidates.contains($0) ? $0 : nil }
    }

    /// Severities as other programs call them.
    private static let otherWords = [
        "critical": "fatal", "crit": "fatal", "emergency": "fatal", "emerg": "fatal", "alert": "fatal",
        "error": "danger", "err": "danger", "high": "danger", "major": "danger", "medium": "warning",
        "minor": "warning", "low": "info", "notice": "info", "debug": "info",
    ]

    /// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
    static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a), b = Array(b)
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i] + Array(repeating: 0, count: b.count)
            for j in 1...b.count {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                row[j] = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], rows[i - 2][j - 2] + 1)
                }
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
