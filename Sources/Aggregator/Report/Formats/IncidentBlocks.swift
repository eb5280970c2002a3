import Findings
import Platform

/// Incidents as blocks of lines that fit a terminal, the worst last.
package struct IncidentBlocks {
    private static let indent = 9
    private static let ageColumns = 6
    /// `why: `, and `详情: ` in wide characters.
    private static let labelColumns = 6

    private let report: ReportContent
    private let layout: ReportLayout
    private let words: ReportWords

    package init(_ report: ReportContent, _ layout: ReportLayout) {
        self.report = report
        self.layout = layout
        words = ReportWords(layout.language)
    }

    /// Empty: there are no incidents.
    func lines() -> [String] {
        let shown = layout.limit > 0 ? min(layout.limit, report.incidents.count) : report.incidents.count
        var lines: [String] = []
        if shown < report.incidents.count {
            let left = ReportOverview.counts(report, skipping: shown)
            // Cut it could not be pasted.
            let command = TerminalWidth.command(
                "\(layout.command) --limit 0", columns: max(0, layout.width - Self.indent))
            lines += [words.moreIncidents(left)] + command.map { blank + $0 } + [""]
        }
        for incident in report.incidents.prefix(shown).reversed() { lines += block(incident) }
        return lines
    }

    /// - Returns: lines that are no wider than the layout's.
    package func block(_ incident: Report.Incident) -> [String] {
        let action = incident.action
        let severity = TerminalWidth.padded(words.severity(incident.severity).uppercased(), columns: Self.indent - 1)
        var head =
            TerminalWidth.padded(age(incident.since), columns: Self.ageColumns) + " "
            + KindNames.shortened(TextSafety.printable(incident.object))
        if let scope = action?.scope, !scope.isEmpty { head += "  \(scope)" }
        let room = layout.width > 0 ? layout.width - Self.indent : Int.max
        var lines = [painted(severity, incident.severity) + " " + TerminalWidth.cut(head, columns: room)]
        let message = TextSafety.printable(action?.message ?? incident.summary)
        let beside = TerminalWidth.of(head) + 2 + TerminalWidth.of(message)
        if beside <= room, layout.width > 0 {
            lines[0] += "  \(message)"
        } else {
            lines.append(blank + TerminalWidth.cut(message, columns: room))
        }
        if let because = action?.because, !because.isEmpty {
            lines.append(blank + TerminalWidth.cut("\(words.because) \(because)", columns: room))
        }
        if let command = action?.commands.first { lines += labelled(words.action, layout.invocation.typed(command)) }
        return lines + labelled(words.why, layout.invocation.ke("why \(action?.why ?? incident.id)"))
    }

    /// The incident in one line.
    package func line(_ incident: Report.Incident) -> String {
        let severity = TerminalWidth.padded(words.severity(incident.severity).uppercased(), columns: Self.indent - 1)
        let object = KindNames.shortened(TextSafety.printable(incident.object))
        let message = TextSafety.printable(incident.action?.message ?? incident.summary)
        let rest = "\(TerminalWidth.padded(age(incident.since), columns: Self.ageColumns)) \(object)  \(message)"
        return painted(severity, incident.severity) + " "
            + TerminalWidth.cut(rest, columns: layout.width > 0 ? layout.width - Self.indent : Int.max)
    }

    /// A command, over several lines where one is not enough: what is cut cannot be pasted.
    private func labelled(_ label: String, _ command: String) -> [String] {
        let label = TerminalWidth.padded(label, columns: Self.labelColumns)
        let room = layout.width > 0 ? layout.width - Self.indent - Self.labelColumns : 0
        return TerminalWidth.command(TextSafety.printable(command), columns: room).enumerated().map { number, line in
            blank + (number == 0 ? label : String(repeating: " ", count: Self.labelColumns)) + line
        }
    }

    private var blank: String { String(repeating: " ", count: Self.indent) }

    private func age(_ time: ReportTime) -> String {
        guard layout.usesAges else { return layout.time(time) }
        guard let known = time.time, let now = report.generatedAt.time else { return "-" }
        return GoDuration.brief(now.seconds(since: known))
    }

    private func painted(_ text: String, _ severity: Severity) -> String {
        layout.usesColour ? SeverityColour.paint(severity.title, text) : text
    }
}
