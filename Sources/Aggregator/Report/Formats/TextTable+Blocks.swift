/// Each row as a block of lines, for rows that no line can hold.
extension TextTable {
    /// A first line with the row's head, then a line for each other cell that says something, under its column's title.
    func blocks() -> [String] {
        let label = columns.map { TerminalWidth.of($0.title) }.max() ?? 0
        return rows.flatMap { row -> [String] in
            var lines: [String] = [], head: [String] = []
            for (place, cell) in row.enumerated() where !["", "-"].contains(cell) {
                if place == 0 || columns[place].isHead {
                    head.append(cell)
                    continue
                }
                let title = columns[place].title.lowercased()
                let pad = String(repeating: " ", count: label - TerminalWidth.of(title) + 2)
                let indent = String(repeating: " ", count: label + 4)
                let wrapped =
                    columns[place].isCommand
                    ? TerminalWidth.command(cell, columns: room(label))
                    : TerminalWidth.lines(cell, columns: room(label))
                for (number, line) in wrapped.enumerated() {
                    lines.append(number == 0 ? "  \(title)\(pad)\(line)" : indent + line)
                }
            }
            let plain = head.joined(separator: "  ")
            let first = TerminalWidth.cut(plain, columns: width > 0 ? width : Int.max)
            // Colours have no width, and must not be cut.
            return [first == plain ? head.map { paint($0, $0) }.joined(separator: "  ") : first] + lines
        }
    }

    /// Columns beside the titles; 0: as many as it takes.
    private func room(_ label: Int) -> Int { width > 0 ? max(20, width - label - 4) : 0 }
}
