/// The report for people on a terminal.
struct TableFormat: ReportFormat {
    let isWide: Bool
    var id: String { isWide ? "wide" : "table" }
    var showsDetail: Bool { isWide }
    let fitsTerminal = true
    var summary: String { isWide ? "tables with checks, counts, evidence and remedies" : "tables for people" }

    func render(_ report: Report, _ layout: ReportLayout) -> String { render(ReportContent(report), layout) }

    func render(_ report: ReportContent, _ layout: ReportLayout) -> String {
        let sections = ReportSections(report, layout, isWide: isWide)
        let isWhole = layout.hasHeader && layout.table == nil
        var blocks: [[String]] = []
        if isWhole { blocks.append(sections.header()) }
        for section in sections.all() {
            var lines = section.lines
            if let table = section.table {
                lines += table.lines()
                if table.left > 0 {
                    lines.append("… \(table.left) more: \(layout.command) --table \(section.id) --limit 0")
                }
            }
            blocks.append(lines + section.trailer)
        }
        if isWhole {
            blocks.append([sections.counts()])
            blocks.append(sections.next())
        }
        return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }
}
