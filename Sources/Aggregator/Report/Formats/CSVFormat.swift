import Findings
import Platform

/// One line per finding (RFC 4180), for spreadsheets; of best practice, a line per check that fails at an object.
/// Cells that a spreadsheet would take for a formula begin with an
/// apostrophe.
struct CSVFormat: ReportFormat {
    let id = "csv"
    let summary = "one line per finding or failing check, for spreadsheets"
    let showsDetail = true
    let mediaType = "text/csv; charset=utf-8"

    private static let head =
        "SEVERITY,CHECK,KIND,NAMESPACE,NAME,SUBJECT,NODE,OWNER,REASON,MESSAGE,FIRST,LAST,COUNT,INCIDENT,REMEDY"

    func render(_ report: Report, _ layout: ReportLayout) -> String { render(ReportContent(report), layout) }

    func render(_ report: ReportContent, _ layout: ReportLayout) -> String {
        var lines = Lines(report, layout), text = ""
        while let piece = lines.next() { text += piece }
        return text
    }

    func pieces(_ report: ReportContent, _ layout: ReportLayout) -> any ReportPieces { Lines(report, layout) }

    private struct Lines: ReportPieces {
        static let perPiece = 200

        let report: ReportContent
        let layout: ReportLayout
        /// Of the next finding; -1: the head is next.
        var place = -1

        init(_ report: ReportContent, _ layout: ReportLayout) {
            self.report = report
            self.layout = layout
        }

        mutating func next() -> String? {
            if place < 0 {
                place = 0
                return CSVFormat.head
            }
            guard place < report.findings.count else { return nil }
            let end = min(place + Self.perPiece, report.findings.count)
            defer { place = end }
            return report.findings[place..<end].reduce(into: "") { $0 += CSVFormat.lines($1, report, layout) }
        }
    }

    /// With a line break before each.
    private static func lines(_ item: Report.Item, _ report: ReportContent, _ layout: ReportLayout) -> String {
        if item.failures.isEmpty { return "\n" + line(item, layout) }
        var places: [String: Int] = [:]
        var groups: [[Report.FailedPlace]] = []
        for failure in item.failures {
            if let known = places[failure.check] {
                groups[known].append(failure)
            } else {
                places[failure.check] = groups.count
                groups.append([failure])
            }
        }
        return groups.reduce(into: "") { text, group in
            var single = item
            let first = group[0]
            (single.check, single.count) = (first.check, group.count)
            single.severity = group.map(\.severity).max() ?? item.severity
            single.subject = Set(group.map(\.container)).sorted().filter { !$0.isEmpty }.joined(separator: " ")
            single.message =
                first.message + " at "
                + group.map { $0.place.isEmpty ? $0.path : "\($0.path) (\($0.place))" }.joined(separator: "; ")
            let fix = report.fixText(first.alias)
            single.remedy = !fix.isEmpty ? fix : first.check == item.check ? item.remedy : ""
            text += "\n" + line(single, layout)
        }
    }

    private static func line(_ item: Report.Item, _ layout: ReportLayout) -> String {
        let cells = [
            item.severity.title, item.check, item.object.kind, item.object.namespace, item.object.name, item.subject,
            item.node, item.owner, item.reason, item.message, layout.time(item.first), layout.time(item.last),
            String(item.count), item.incident, item.remedy,
        ]
        return cells.map(cell).joined(separator: ",")
    }

    /// Scalar by scalar: a mark that combines with a quote or comma makes another `Character` of both, but not another
    /// byte for who reads the file.
    static func cell(_ text: String) -> String {
        let text = TextSafety.printable(text)
        var cell = String.UnicodeScalarView()
        var needsQuotes = false
        for scalar in text.unicodeScalars {
            if scalar == "\"" { cell.append(scalar) }
            if scalar == "\"" || scalar == "," || scalar == ";" { needsQuotes = true }
            cell.append(scalar)
        }
        if isFormula(text) { cell.insert("'", at: cell.startIndex) }
        return needsQuotes ? "\"\(String(cell))\"" : String(cell)
    }

    /// Whether a spreadsheet takes it for a formula (OWASP, "CSV Injection"), in either width of its marks, behind blanks
    /// or what is not seen.
    private static func isFormula(_ text: String) -> Bool {
        let first = text.unicodeScalars.first {
            !$0.properties.isWhitespace && !$0.properties.isDefaultIgnorableCodePoint
                && $0.properties.generalCategory != .format
        }
        return first.map { "=+-@＝＋－＠".unicodeScalars.contains($0) } ?? false
    }
}
