import Report

/// Draws a screen by writing only the lines that differ from those that stand there (ECMA-48, CUP and EL).
struct ScreenPainter {
    private var shown: [String] = []
    private var size = (columns: 0, rows: 0)

    /// Alternate screen, no cursor; and back.
    static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    static let leave = "\u{1B}[?25h\u{1B}[?1049l"

    /// - Returns: what to write; empty: nothing changed.
    mutating func paint(_ lines: [String], columns: Int, rows: Int) -> String {
        var out = ""
        if size.columns != columns || size.rows != rows {
            size = (columns, rows)
            shown = []
            out += "\u{1B}[H\u{1B}[2J"
        }
        let lines = Array(lines.prefix(rows))
        for row in 0..<max(lines.count, shown.count) {
            let line = row < lines.count ? lines[row] : ""
            if row < shown.count, shown[row] == line { continue }
            if row >= shown.count, line.isEmpty { continue }
            out += "\u{1B}[\(row + 1);1H\(line)\u{1B}[K"
        }
        shown = lines
        return out
    }
}
