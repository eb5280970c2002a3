import Findings
import Platform

/// The report for people at a terminal: a header line, what can wait in a line each, then each incident as a block with
/// what to do. The worst comes last, where the screen ends.
struct BlocksFormat: ReportFormat {
    let id = "blocks"
    let summary = "incidents with what to do, for a terminal, where it is the default"
    let showsDetail = true
    let fitsTerminal = true
    let hasAges = true

    /// Above so many lines the header stands at the end again: the first one has left the smallest terminal.
    static let screenLines = 22
    /// A line is never narrower, so that names can be read.
    static let widthMin = 40

    func render(_ report: ReportContent, _ layout: ReportLayout) -> String {
        if report.manifests != nil { return TableFormat(isWide: false).render(report, layout) }
        let body = report.texts.text(.init(self, layout)) { Self.text(report, layout) }
        return body
    }

    private static func text(_ report: ReportContent, _ layout: ReportLayout) -> String {
        var layout = layout
        if layout.width > 0 { layout.width = max(widthMin, layout.width) }
        let overview = ReportOverview(report, layout)
        var lines = overview.header() + overview.folded()
        let blocks = IncidentBlocks(report, layout)
        let incidents = blocks.lines()
        if !incidents.isEmpty { lines += [""] + incidents }
        if lines.count > screenLines { lines += [""] + overview.header() }
        return lines.joined(separator: "\n")
    }
}
