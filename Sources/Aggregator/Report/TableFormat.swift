import Shared

/// The report for people: header, incidents, tables, what could not be observed (CHECKS.md §9).
struct TableFormat: ReportFormat {
    let isWide: Bool
    var id: String { isWide ? "wide" : "table" }
    var summary: String { isWide ? "tables with checks, counts, evidence and remedies" : "tables for people" }

    /// Above this number rows with the same reason and message become one.
    private static let collapseAbove = 5

    func render(_ report: Report, _ layout: ReportLayout) -> String {
        var blocks: [[String]] = []
        let wants: (String) -> Bool = { layout.table == nil || layout.table == $0 }
        if layout.hasHeader, layout.table == nil {
            blocks.append(header(report))
            if !report.incidents.isEmpty { blocks.append(incidents(report, layout)) }
        }
        if wants("nodes"), !report.tables.nodes.isEmpty { blocks.append(nodes(report, layout)) }
        if wants("events"), !report.tables.events.isEmpty { blocks.append(events(report, layout)) }
        if wants("certificates"), !report.tables.certificates.isEmpty { blocks.append(certificates(report, layout)) }
        if layout.hasHeader, layout.table == nil || layout.table == "observability" {
            blocks.append(observability(report, layout))
        }
        if layout.hasHeader, layout.table == nil {
            blocks.append([counts(report)])
            blocks.append(next(report, layout))
        }
        return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private func header(_ report: Report) -> [String] {
        let heard = report.nodes.filter(\.isHeard)
        var rules: [String] = []
        for (digest, nodes) in Dictionary(grouping: heard, by: \.rules).sorted(by: { $0.value.count > $1.value.count })
        where !digest.isEmpty {
            rules.append("\(digest) on \(nodes.count)")
        }
        return [
            "KubeEye  \(report.cluster.name)  no cluster  \(report.generatedAt)  window \(report.window)",
            "Nodes \(report.cluster.nodes)   agents \(heard.count)/\(report.nodes.count) heard   rules \(rules.isEmpty ? "-" : rules.joined(separator: ", "))",
            counts(report),
        ]
    }

    private func counts(_ report: Report) -> String {
        let dropped = report.dropped > 0 ? "   dropped \(report.dropped)" : ""
        return "FATAL \(report.summary.fatal)  DANGER \(report.summary.danger)  WARNING \(report.summary.warning)   "
            + "new \(report.summary.new)   silenced \(report.summary.silenced)   could not look: \(report.summary.unobserved) checks\(dropped)"
    }

    private func incidents(_ report: Report, _ layout: ReportLayout) -> [String] {
        var table = TextTable([
            .init(title: "SEVERITY"), .init(title: "SINCE"), .init(title: "OBJECT"), .init(title: "CAUSE"),
            .init(title: "SUMMARY"),
        ])
        for incident in report.incidents {
            table.add([
                incident.severity.title, incident.since, incident.object, incident.cause, cell(incident.summary),
            ])
        }
        return limited(table, "incidents", layout)
    }

    /// Messages are cut in the plain table, whole in the wide one.
    private func cell(_ text: String) -> String { isWide ? text : TextSafety.cut(text, bytesMax: 400) }

    private func nodes(_ report: Report, _ layout: ReportLayout) -> [String] {
        var columns: [TextTable.Column] = [
            .init(title: "NODENAME", least: 16), .init(title: "SEVERITY", least: 13), .init(title: "HEARTBEATTIME"),
            .init(title: "REASON"), .init(title: "MESSAGE"),
        ]
        if isWide { columns += Self.wideColumns }
        var table = TextTable(columns)
        let details = Dictionary(report.findings.map { ($0.id, $0) }, uniquingKeysWith: { a, _ in a })
        for (row, more) in collapsed(report.tables.nodes, key: { $0.reason + $0.message }, time: \.heartbeatTime) {
            table.add(
                [row.nodeName, row.severity.title, row.heartbeatTime, row.reason, cell(row.message) + more]
                    + wide(details[row.findingId]))
        }
        return limited(table, "nodes", layout)
    }

    private func events(_ report: Report, _ layout: ReportLayout) -> [String] {
        var columns: [TextTable.Column] = [
            .init(title: "NAMESPACE", least: 16), .init(title: "SEVERITY", least: 13),
            .init(title: "PODNAME", least: 49),
            .init(title: "EVENTTIME"), .init(title: "REASON"), .init(title: "MESSAGE"),
        ]
        if isWide { columns += Self.wideColumns }
        var table = TextTable(columns)
        let details = Dictionary(report.findings.map { ($0.id, $0) }, uniquingKeysWith: { a, _ in a })
        for (row, more) in collapsed(
            report.tables.events, key: { $0.reason + Self.normalised($0.message) }, time: \.eventTime)
        {
            table.add(
                [row.namespace, row.severity.title, row.podName, row.eventTime, row.reason, cell(row.message) + more]
                    + wide(details[row.findingId]))
        }
        return limited(table, "events", layout)
    }

    private func certificates(_ report: Report, _ layout: ReportLayout) -> [String] {
        var table = TextTable([.init(title: "NAME", least: 16), .init(title: "EXPIRES"), .init(title: "RESIDUAL")])
        for row in report.tables.certificates { table.add([row.name, row.expires, row.residual]) }
        return limited(table, "certificates", layout)
    }

    private static let wideColumns: [TextTable.Column] = [
        .init(title: "CHECK"), .init(title: "SUBJECT"), .init(title: "FIRST"), .init(title: "COUNT"),
        .init(title: "EVIDENCE"), .init(title: "REMEDY"),
    ]

    private func wide(_ item: Report.Item?) -> [String] {
        guard isWide else { return [] }
        guard let item else { return ["", "", "", "", "", ""] }
        let proof = item.evidence.first.map { "\($0.source): \(TextSafety.printable($0.text))" } ?? "-"
        return [
            item.check, item.subject.isEmpty ? "-" : TextSafety.printable(item.subject), item.first, String(item.count),
            proof,
            item.remedy.isEmpty ? "-" : TextSafety.printable(item.remedy),
        ]
    }

    private func observability(_ report: Report, _ layout: ReportLayout) -> [String] {
        let nodes = report.nodes.count { $0.isHeard }
        var lines = [
            "OBSERVED \(report.observedChecks) of \(report.checks.count) checks on \(nodes) of \(report.nodes.count) nodes"
        ]
        let rows =
            isWide
            ? report.unobserved : report.unobserved.filter { $0.reason != .notConfigured && $0.reason != .notExposed }
        if !rows.isEmpty {
            var table = TextTable([
                .init(title: "CHECK"), .init(title: "SCOPE"), .init(title: "REASON"), .init(title: "SINCE"),
                .init(title: "DETAIL"),
            ])
            for group in Self.byCause(rows) { table.add(group) }
            lines += limited(table, "observability", layout)
        }
        let hidden = report.unobserved.count - rows.count
        if hidden > 0 { lines.append("\(hidden) more are not configured or not exposed: -o wide") }
        return lines
    }

    /// Checks that share scope, reason and detail share a row: a missing journal is said once, not per rule.
    private static func byCause(_ rows: [Report.Unobserved]) -> [[String]] {
        var order: [String] = []
        var groups: [String: [Report.Unobserved]] = [:]
        for row in rows {
            let key = [row.scope, row.reason.rawValue, row.source, row.detail].joined(separator: "\u{1F}")
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        return order.compactMap { key in
            guard let group = groups[key], let first = group.first else { return nil }
            let checks = group.count > 3 ? "\(group.count) checks" : group.map(\.check).joined(separator: ", ")
            return [checks, first.scope, first.reason.rawValue, first.since, first.detail]
        }
    }

    private func next(_ report: Report, _ layout: ReportLayout) -> [String] {
        let worst = report.findings.first
        return [
            "NEXT  \(layout.command) -o wide\(worst.map { " --node \($0.node)" } ?? "")",
            "      \(layout.command) --severity info --since 24h",
        ]
    }

    private func limited(_ table: TextTable, _ name: String, _ layout: ReportLayout) -> [String] {
        let lines = table.lines()
        if layout.limit == 0 || table.rows.count <= layout.limit { return lines }
        let left = table.rows.count - layout.limit
        return lines.prefix(layout.limit + 1) + ["… \(left) more: \(layout.command) --table \(name) --limit 0"]
    }

    /// A message without its numbers, so that lines of one kind are recognised.
    private static func normalised(_ message: String) -> String {
        String(message.map { $0.isHexDigit && ($0.isNumber || "abcdefABCDEF".contains($0)) ? "#" : $0 })
    }

    /// More than five rows with one key become the newest, with their number.
    private func collapsed<Row>(_ rows: [Row], key: (Row) -> String, time: KeyPath<Row, String>) -> [(Row, String)] {
        let groups = Dictionary(grouping: rows, by: key)
        var done: Set<String> = []
        return rows.compactMap { row in
            let name = key(row)
            guard let group = groups[name], group.count > Self.collapseAbove else { return (row, "") }
            guard done.insert(name).inserted, let newest = group.max(by: { $0[keyPath: time] < $1[keyPath: time] })
            else { return nil }
            return (newest, " (+\(group.count - 1))")
        }
    }
}
