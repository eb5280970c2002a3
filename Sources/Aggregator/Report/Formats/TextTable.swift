import Platform

/// Columns of text, aligned by what a terminal shows.
package struct TextTable {
    package struct Column {
        package var title: String
        /// Minimum width, so that columns of short cells stay in place between reports.
        var least = 0

        package init(title: String, least: Int = 0) {
            self.title = title
            self.least = least
        }
    }

    /// Maximum of a cell in bytes; names are never as long, foreign texts may be.
    static let cellBytesMax = 8192

    let columns: [Column]
    /// Rows that are kept; 0: all.
    let limit: Int
    private(set) var rows: [[String]] = []
    /// Rows that were added beyond the limit.
    private(set) var left = 0
    /// Puts colour around a cell that is already padded; must not change what is seen.
    var paint: (_ cell: String, _ padded: String) -> String = { _, padded in padded }

    package init(_ columns: [Column], limit: Int = 0) {
        self.columns = columns
        self.limit = limit
    }

    /// Control characters are replaced by blanks. A row beyond the limit is not built.
    package mutating func add(_ row: @autoclosure () -> [String]) {
        if limit > 0, rows.count >= limit {
            left += 1
            return
        }
        rows.append(row().map { TextSafety.cut(TextSafety.printable($0), bytesMax: Self.cellBytesMax) })
    }

    /// Width of a column = its longest cell + 3, the first one's + 2; the last is not padded; no trailing blanks.
    package func lines() -> [String] {
        var widths = columns.map { max($0.least, TerminalWidth.of($0.title) + 3) }
        for row in rows {
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], TerminalWidth.of(cell) + (index == 0 ? 2 : 3))
            }
        }
        return ([columns.map(\.title)] + rows).enumerated().map { number, row in
            var line = ""
            let last = row.lastIndex { !$0.isEmpty } ?? -1
            for (index, cell) in row.enumerated() where index <= last {
                let padding = index == last ? 0 : widths[index] - TerminalWidth.of(cell)
                let padded = cell + String(repeating: " ", count: padding)
                line += number == 0 ? padded : paint(cell, padded)
            }
            return line
        }
    }
}
