import Platform

/// The tables as Markdown, for issues and chat.
struct MarkdownFormat: ReportFormat {
    let id = "markdown"
    let summary = "tables for issues and chat"
    let mediaType = "text/markdown; charset=utf-8"

    func render(_ report: Report, _ layout: ReportLayout) -> String { render(ReportContent(report), layout) }

    func render(_ report: ReportContent, _ layout: ReportLayout) -> String {
        let sections = ReportSections(report, layout, isWide: false)
        var blocks: [String] = []
        if layout.hasHeader, layout.table == nil {
            blocks.append(
                "# KubeEye: \(Self.cell(report.cluster.name))\n\n"
                    + sections.header().map(Self.line).joined(separator: "  \n"))
        }
        for section in sections.all() {
            var block = section.title.isEmpty ? "" : "## \(section.title)\n\n"
            if let table = section.table {
                block += "| \(table.columns.map(\.title).joined(separator: " | ")) |\n"
                block += "|\(table.columns.map { _ in " --- |" }.joined())"
                for row in table.rows { block += "\n| \(row.map(Self.cell).joined(separator: " | ")) |" }
                if table.left > 0 { block += "\n\n… \(table.left) more" }
            }
            if !section.lines.isEmpty {
                block += (section.table == nil ? "" : "\n\n") + section.lines.map(Self.line).joined(separator: "  \n")
            }
            blocks.append(block)
        }
        return blocks.joined(separator: "\n\n")
    }

    /// A text between the bars of a table, and nothing but a text: no link, image, code, emphasis or HTML of its own
    /// (CommonMark 0.31 §2.4: any ASCII punctuation may stand behind a backslash; GFM, "Tables"). Scalar by scalar,
    /// because a mark that combines with `|` does not change what a parser of bytes sees.
    static func cell(_ text: String) -> String {
        let scalars = Array(TextSafety.printable(text).unicodeScalars)
        var cell = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "<": cell.append(contentsOf: "&lt;".unicodeScalars)
            case "&": cell.append(contentsOf: "&amp;".unicodeScalars)
            case "_":
                // Within a word it is no mark, and names are easier to read without backslashes.
                let isInWord =
                    index > 0 && index + 1 < scalars.count && isPlain(scalars[index - 1]) && isPlain(scalars[index + 1])
                cell.append(contentsOf: (isInWord ? "_" : "\\_").unicodeScalars)
            case "\\", "|", "`", "*", "[", "]", "~", "$":
                cell.append("\\")
                cell.append(scalar)
            default: cell.append(scalar)
            }
        }
        return String(cell)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."z", "A"..."Z": true
        default: false
        }
    }

    /// A line of text: the same, and no heading, list, quotation or rule either.
    static func line(_ text: String) -> String {
        let cell = cell(text)
        let blanks = cell.unicodeScalars.prefix { $0 == " " }
        let rest = cell.unicodeScalars.dropFirst(blanks.count)
        guard let first = rest.first else { return cell }
        let digits = rest.prefix { ("0"..."9").contains($0) }
        let behind = rest.dropFirst(digits.count).first
        if !digits.isEmpty, behind == "." || behind == ")" {
            return String(blanks) + String(digits) + "\\" + String(rest.dropFirst(digits.count))
        }
        return "#+->=".unicodeScalars.contains(first) ? String(blanks) + "\\" + String(rest) : cell
    }
}
