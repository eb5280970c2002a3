import Findings
import Platform

/// One line per finding (RFC 4180), for spreadsheets. Cells that a spreadsheet would take for a formula are quoted off.
struct CSVFormat: ReportFormat {
    let id = "csv"
    let summary = "one line per finding, for spreadsheets"

    func render(_ report: Report, _ layout: ReportLayout) -> String {
        var lines = [
            "SEVERITY,CHECK,KIND,NAMESPACE,NAME,SUBJECT,NODE,OWNER,REASON,MESSAGE,FIRST,LAST,COUNT,INCIDENT,REMEDY"
        ]
        for item in report.findings {
            let cells = [
                item.severity.title, item.check, item.object.kind, item.object.namespace, item.object.name,
                item.subject,
                item.node, item.owner, item.reason, item.message, layout.time(item.first), layout.time(item.last),
                String(item.count), item.incident, item.remedy,
            ]
            lines.append(cells.map(Self.cell).joined(separator: ","))
        }
        return lines.joined(separator: "\n")
    }

    static func cell(_ text: String) -> String {
        var text = TextSafety.printable(text)
        if let first = text.first, "=+-@".contains(first) { text = "'" + text }
        guard text.contains(where: { ",\"".contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
