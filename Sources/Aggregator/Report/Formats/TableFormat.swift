/// The report as tables; with everything that is known as blocks.
struct TableFormat: ReportFormat {
    let isWide: Bool
    var id: String { isWide ? "wide" : "table" }
    var showsDetail: Bool { isWide }
    let fitsTerminal = true
    var hasAges: Bool { isWide }
    var summary: String { isWide ? "blocks with checks, counts, evidence, remedies and commands" : "tables" }

    func render(_ report: Report, _ layout: ReportLayout) -> String { render(ReportContent(report), layout) }

    func render(_ report: ReportContent, _ layout: ReportLayout) -> String {
        let body = report.texts.text(.init(self, layout)) { Self.body(report, layout, isWide: isWide) }
        guard layout.hasHeader, layout.table == nil else { return body }
        // Apart from the rest, because the age of the state is in it.
        return (ReportSections(report, layout, isWide: isWide).header() + ["", body]).joined(separator: "\n")
    }

    private static func body(_ report: ReportContent, _ layout: ReportLayout, isWide: Bool) -> String {
        let sections = ReportSections(report, layout, isWide: isWide)
        var blocks: [[String]] = []
        for section in sections.all() {
            var lines = section.lines
            if let table = section.table {
                lines += isWide ? table.blocks() : table.lines()
                if table.left > 0 {
                    lines.append("… \(table.left) more: \(layout.command) --table \(section.id) --limit 0")
                }
            }
            blocks.append(lines + section.trailer)
        }
        if layout.hasHeader, layout.table == nil {
            blocks.append([sections.counts()])
            blocks.append(sections.next())
        }
        return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }
}
