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
                    + sections.header().map(Self.cell).joined(separator: "  \n"))
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
                block += (section.table == nil ? "" : "\n\n") + section.lines.map(Self.cell).joined(separator: "  \n")
            }
            blocks.append(block)
        }
        return blocks.joined(separator: "\n\n")
    }

    static func cell(_ text: String) -> String {
        TextSafety.printable(text).replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing(
            "<", with: "&lt;"
        )
        .replacing("`", with: "\\`").replacing("*", with: "\\*")
    }
}
