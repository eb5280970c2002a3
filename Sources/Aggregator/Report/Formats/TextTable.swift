import Platform

/// Columns of text, aligned by what a terminal shows.
package struct TextTable {
    package struct Column {
        package var title: String
        /// In a block it stands in the first line.
        var isHead: Bool { Self.heads.contains(title) }
        /// In a block it is broken so that it can be pasted.
        var isCommand: Bool { ["DO", "WHY"].contains(title) }
        /// Minimum width, so that columns of short cells stay in place between reports.
        var least = 0

        private static let heads: Set<String> = [
            "SEVERITY", "SINCE", "OBJECT", "NODENAME", "NAME", "KIND", "NAMESPACE", "HEARTBEATTIME", "TIME",
            "EVENTTIME",
            "CAUSE", "REASON", "CHANGE", "EXPIRES", "RESIDUAL", "FAILING", "OF", "SCOPE",
        ]

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
    /// Columns of a line; 0: as many as it takes.
    var width = 0
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

    /// Counts rows that nobody made, because the limit was reached.
    mutating func skip(_ count: Int) { left += count }

    /// Width of a column = its longest cell + 3, the first one's + 2; the last is not padded; no trailing blanks.
    package func lines() -> [String] {
        var widths = columns.map { max($0.least, TerminalWidth.of($0.title) + 3) }
        for row in rows {
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], TerminalWidth.of(cell) + (index == 0 ? 2 : 3))
            }
        }
        return ([columns.map(\.title)] + rows).enumerated().map { number, row in
            var line = "", used = 0
            let last = row.lastIndex { !$0.isEmpty } ?? -1
            for (index, cell) in row.enumerated() where index <= last {
                let room = width > 0 ? width - used : Int.max
                if room <= 0 { break }
                let cell = TerminalWidth.cut(cell, columns: room)
                let columns = TerminalWidth.of(cell)
                // The last cell that is seen is not padded.
                let isLast = index == last || widths[index] >= room
                let padded = cell + String(repeating: " ", count: isLast ? 0 : widths[index] - columns)
                line += number == 0 ? padded : paint(cell, padded)
                used += widths[index]
            }
            return line
        }
    }
}
