import Findings
import Platform

/// A report in a few lines that fit a terminal: how the cluster does, and what can wait.
package struct ReportOverview {
    /// Notes that are printed; the tables have all.
    private static let notesMax = 3

    /// Of one text.
    private static let linesMax = 3

    private let report: ReportContent
    private let layout: ReportLayout
    private let words: ReportWords

    package init(_ report: ReportContent, _ layout: ReportLayout) {
        self.report = report
        self.layout = layout
        words = ReportWords(layout.language)
    }

    // MARK: The header

    /// One line; two where one is too narrow.
    package func header() -> [String] {
        let cluster = report.cluster
        var name = TextSafety.printable(cluster.name)
        let version = cluster.version.isEmpty ? (cluster.scanned == nil ? words.noCluster : "") : cluster.version
        let nodes =
            cluster.scanned == nil
            ? words.agentsReporting(report.nodes.count { $0.isReporting }, report.nodes.count)
            : words.nodesReady(cluster.ready, cluster.nodes)
        var parts = [nodes, words.incidents(Self.counts(report))]
        let checks = CheckNumbers(report)
        if checks.missing > 0 { parts.append(words.checksNotObserved(checks.missing)) }
        let rest = parts.joined(separator: "   ")
        func line() -> String { [version.isEmpty ? name : "\(name) \(version)", rest].joined(separator: "   ") }
        guard layout.width > 0, TerminalWidth.of(line()) > layout.width else { return [line()] }
        // A long name gives way before a number does.
        let over = TerminalWidth.of(line()) - layout.width
        let least = min(16, TerminalWidth.of(name))
        name = TerminalWidth.cut(name, columns: max(least, TerminalWidth.of(name) - over))
        if TerminalWidth.of(line()) <= layout.width { return [line()] }
        let short = ([version.isEmpty ? name : "\(name) \(version)"] + parts).joined(separator: "  ")
        if TerminalWidth.of(short) <= layout.width { return [short] }
        if checks.missing > 0 { parts[parts.count - 1] = words.notObservedShort(checks.missing) }
        let bare = ([name] + parts).joined(separator: "  ")
        return TerminalWidth.lines(bare, columns: layout.width)
    }

    /// Incidents by severity, the worst first.
    /// - Parameter shown: how many, the worst, are not counted.
    static func counts(_ report: ReportContent, skipping shown: Int = 0) -> [(Severity, Int)] {
        var known: [Severity: Int] = [:]
        if let counts = report.summary.incidents {
            known = [.fatal: counts.fatal, .danger: counts.danger, .warning: counts.warning]
        } else {
            for incident in report.incidents { known[incident.severity, default: 0] += 1 }
        }
        for incident in report.incidents.prefix(shown) { known[incident.severity, default: 0] -= 1 }
        return [Severity.fatal, .danger, .warning, .info].map { ($0, max(0, known[$0] ?? 0)) }
    }

    // MARK: What can wait

    package func folded() -> [String] {
        var lines: [(title: String, text: String)] = []
        for note in report.cluster.notes.prefix(Self.notesMax) { lines.append((words.note, note)) }
        for override in report.expiredOverrides.prefix(Self.notesMax) { lines.append((words.expired, override)) }
        if let changes = report.changes { lines.append((words.changesTitle, changed(changes))) }
        let checks = CheckNumbers(report)
        if checks.missing > 0 { lines.append((words.checksTitle, words.checks(checks))) }
        let practice = report.practice
        if report.tables.practiceCount > 0 {
            let text = words.bestPractice(
                report.tables.practiceCount, practice.warnings, practice.dangers, practice.score)
            lines.append((words.practiceTitle, text))
        }
        let others = [
            (words.infoTitle, report.summary.info), (words.acknowledged, report.summary.acknowledged),
            (words.silenced, report.summary.silenced),
        ].filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
        if !others.isEmpty { lines.append((words.othersTitle, others.joined(separator: ", "))) }
        let label = (lines.map(\.title) + [words.allTitle]).map { TerminalWidth.of($0) }.max() ?? 0
        func start(_ title: String) -> String { TerminalWidth.padded(title, columns: label) + "  " }
        let room = layout.width > 0 ? max(20, layout.width - label - 2) : 0
        let all = TerminalWidth.command("\(layout.command) -o table", columns: room).enumerated().map { number, line in
            start(number == 0 ? words.allTitle : "") + line
        }
        let texts = lines.flatMap { line in
            TerminalWidth.lines(TextSafety.printable(line.text), columns: room).prefix(Self.linesMax).enumerated()
                .map { start($0 == 0 ? line.title : "") + $1 }
        }
        return texts + (lines.isEmpty ? [] : all)
    }

    private func changed(_ changes: Report.Changes) -> String {
        let since = changes.since.time.flatMap { since in
            report.generatedAt.time.map { GoDuration.brief($0.seconds(since: since)) }
        }
        return words.changes(since ?? "?", changes.new.count, changes.worse.count, changes.gone.count)
    }
}

/// How many checks were observed, in part, not at all, or not switched on. They add up to all.
struct CheckNumbers {
    private(set) var all = 0
    private(set) var observed = 0
    /// Observed, but not everywhere.
    private(set) var part = 0
    private(set) var none = 0
    private(set) var off = 0
    /// Not observed somewhere.
    var missing: Int { part + none }
    /// Of those that were not observed, in part or at all, the most frequent first.
    private(set) var reasons: [(UnobservedReason, Int)] = []

    init(_ report: ReportContent) {
        var gaps: [String: UnobservedReason] = [:]
        for gap in report.unobserved where !gap.reason.isExpected && gaps[gap.check] == nil {
            gaps[gap.check] = gap.reason
        }
        var known: Set<String> = []
        for check in report.checks {
            known.insert(check.id)
            let isSeen = check.finding + check.healthy > 0
            switch (isSeen, gaps[check.id] != nil) {
            case (true, false): observed += 1
            case (true, true): part += 1
            case (false, true): none += 1
            case (false, false): off += 1
            }
        }
        none += gaps.keys.count { !known.contains($0) }
        all = observed + part + none + off
        reasons = Dictionary(grouping: gaps.values) { $0 }.map { ($0.key, $0.value.count) }
            .sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
    }
}
