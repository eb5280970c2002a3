import Findings
import Platform
import Practice

/// The parts of a report for people: header, incidents, tables, what was not observed. Formats for
/// people print the same parts in their own way.
struct ReportSections {
    struct Section {
        /// What `--table` calls it.
        var id: String
        var title: String
        var table: TextTable?
        /// Lines above the table, or instead of one.
        var lines: [String] = []
        /// Lines below the table.
        var trailer: [String] = []
    }

    /// Above this number rows with the same reason and message become one.
    static let collapseAbove = 5
    /// Above this number of workload rows there is one row per namespace.
    static let workloadRowsMax = 50
    /// Links of one incident's proof that are printed.
    static let linksMax = 20

    let report: ReportContent
    let layout: ReportLayout
    let isWide: Bool
    private let items: ItemPlaces
    private let words: ReportWords

    init(_ report: ReportContent, _ layout: ReportLayout, isWide: Bool) {
        self.report = report
        self.layout = layout
        self.isWide = isWide
        items = ItemPlaces(report.findings)
        words = ReportWords(layout.language)
    }

    /// A finding by its id.
    func item(_ id: String) -> Report.Item? { items[id] }

    /// All that have something to say, in their order.
    func all() -> [Section] {
        let isWhole = layout.hasHeader && layout.table == nil
        func wants(_ id: String) -> Bool { layout.table == nil || layout.table == id }
        var sections: [Section] = []
        if isWhole || layout.table == "incidents", !report.incidents.isEmpty { sections.append(incidents()) }
        if wants("changes"), let changes = report.changes { sections.append(changed(changes)) }
        if wants("nodes"), !report.tables.nodes.isEmpty { sections.append(nodes()) }
        if wants("components"), !report.tables.components.isEmpty { sections.append(components()) }
        if wants("events"), !report.tables.events.isEmpty { sections.append(events()) }
        if wants("workloads"), !report.tables.workloads.isEmpty { sections.append(workloads()) }
        if wants("certificates"), !report.tables.certificates.isEmpty { sections.append(certificates()) }
        if layout.hasHeader && layout.table == nil || layout.table == "observability" {
            sections.append(observability())
        }
        return sections
    }

    func header() -> [String] {
        let reporting = report.nodes.filter(\.isReporting)
        var rules: [String] = []
        for (digest, nodes) in Dictionary(grouping: reporting, by: \.rules)
            .sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) })
        where !digest.isEmpty {
            rules.append("\(digest) on \(nodes.count)")
        }
        let cluster = report.cluster
        let version = cluster.version.isEmpty ? (cluster.scanned == nil ? words.noCluster : "?") : cluster.version
        func age(_ time: ReportTime?) -> String? {
            guard let time = time?.time, let now = report.generatedAt.time else { return nil }
            return GoDuration.brief(now.seconds(since: time))
        }
        let scanned =
            (age(cluster.scanned).map { "  \(words.scanned($0))" } ?? "")
            + (age(cluster.eventsSince).map { "  \(words.events($0))" } ?? "")
            + (report.generation.map { "  \(words.generation($0.number, GoDuration.brief($0.ageSeconds)))" } ?? "")
        let nodes =
            cluster.scanned == nil
            ? "\(words.nodes) \(cluster.nodes)"
            : "\(words.nodes) \(cluster.ready)/\(cluster.nodes) Ready\(cluster.leaving > 0 ? ", \(cluster.leaving) \(words.leaving)" : "")"
        let agents =
            report.nodes.isEmpty && cluster.scanned != nil
            ? words.noAgents : "\(words.agents) \(reporting.count)/\(report.nodes.count) \(words.reporting)"
        if let manifests = report.manifests {
            return
                ([
                    "KubeEye  \(cluster.name)  \(layout.time(report.generatedAt))",
                    "\(counted(manifests.objects, "object")) in \(counted(manifests.files, "file"))\(score().map { "   \($0)" } ?? "")",
                    counts(),
                ] + cluster.notes.map { "\(words.note): \($0)" }).map(TextSafety.printable)
        }
        var lines = [
            "KubeEye  \(cluster.name)  \(version)  \(layout.time(report.generatedAt))  \(words.window) \(report.window)\(scanned)",
            "\(nodes)   \(agents)   \(words.rules) \(rules.isEmpty ? "-" : rules.joined(separator: ", "))",
            counts(),
        ]
        lines += cluster.notes.map { "\(words.note): \($0)" }
        lines += report.expiredOverrides.map { "\(words.expired): \($0)" }
        return lines.map(TextSafety.printable)
    }

    func counts() -> String {
        let summary = report.summary
        let dropped = report.dropped > 0 ? "   dropped \(report.dropped)" : ""
        let acknowledged = summary.acknowledged > 0 ? "   \(words.acknowledged) \(summary.acknowledged)" : ""
        let practice = report.tables.practiceCount
        let part = practice > 0 ? "   \(words.practice(practice))" : ""
        return "FATAL \(summary.fatal)  DANGER \(summary.danger)  WARNING \(summary.warning)\(part)   "
            + "\(words.new) \(summary.new)   \(words.silenced) \(summary.silenced)\(acknowledged)   \(words.notObserved(summary.unobserved))\(dropped)"
    }

    /// The command that says more of an incident.
    func why(_ incident: Report.Incident) -> String {
        layout.invocation.ke("why \(incident.action?.why ?? incident.id)")
    }

    func next() -> [String] {
        let program = layout.invocation.program
        if report.manifests != nil {
            let check = report.findings.first.map { "\(program) checks explain \($0.alias)" }
            return ["NEXT  \(layout.command) -o wide"] + (check.map { ["      \($0)"] } ?? [])
        }
        guard let worst = report.findings.first else { return ["NEXT  \(layout.command) --severity info --since 24h"] }
        let why =
            CommandNames.why(worst).map { layout.invocation.ke("why \($0)") }
            ?? "\(program) checks explain \(worst.check)"
        return [
            "NEXT  \(report.cluster.scanned == nil ? "\(layout.command) -o wide --node \(worst.node)" : why)",
            "      \(layout.command) --severity info --since 24h",
        ]
        .map(TextSafety.printable)
    }

    // MARK: Tables

    /// As the reader wants times; `-` where it is not known.
    func time(_ time: ReportTime) -> String {
        guard layout.usesAges, isWide else { return layout.time(time) }
        guard let known = time.time, let now = report.generatedAt.time else { return "-" }
        return GoDuration.brief(now.seconds(since: known))
    }

    func table(_ columns: [(String, Int)], wide: Bool = true) -> TextTable {
        var all = columns.map { TextTable.Column(title: $0.0, least: $0.1) }
        if isWide, wide { all += Self.wideColumns }
        var table = TextTable(all, limit: layout.limit)
        table.width = layout.width
        if layout.usesColour { table.paint = SeverityColour.paint }
        return table
    }

    private static let wideColumns: [TextTable.Column] = [
        .init(title: "CHECK"), .init(title: "SUBJECT"), .init(title: "FIRST"), .init(title: "COUNT"),
        .init(title: "EVIDENCE"), .init(title: "REMEDY"), .init(title: "DO"), .init(title: "ID"),
    ]

    func wide(_ id: String) -> [String] {
        guard isWide else { return [] }
        guard let item = item(id) else { return Self.wideColumns.map { _ in "" } }
        let proof = item.evidence.map { "\($0.source): \($0.text)" }.joined(separator: " | ")
        return [
            item.check, item.subject.isEmpty ? "-" : item.subject, time(item.first), String(item.count),
            proof.isEmpty ? "-" : proof, item.remedy.isEmpty ? "-" : item.remedy,
            command(item.commands), item.id,
        ]
    }

    /// The first of them, as this reader has to type it.
    func command(_ commands: [String]?) -> String { commands?.first.map(layout.invocation.typed) ?? "-" }

    /// Messages are cut in the plain table, whole in the wide one.
    func cell(_ text: String) -> String { isWide ? text : TextSafety.cut(text, bytesMax: 400) }
    func name(_ text: String) -> String { TextSafety.cut(text, bytesMax: 300) }

    private func incidents() -> Section {
        var columns = [("SEVERITY", 0), ("SINCE", 0), ("OBJECT", 0), ("CAUSE", 0), ("SUMMARY", 0)]
        if isWide { columns += [("BECAUSE", 0), ("DO", 0), ("WHY", 0), ("ID", 0)] }
        var table = table(columns, wide: false)
        for incident in report.incidents {
            let action = incident.action
            table.add(
                [
                    incident.severity.title, time(incident.since), name(incident.object), incident.cause,
                    cell(incident.summary),
                ]
                    + (isWide
                        ? [
                            action?.because ?? "-", command(action?.commands), why(incident), incident.id,
                        ] : []))
        }
        return Section(id: "incidents", title: "Incidents", table: table, trailer: isWide ? proofs() : [])
    }

    /// Why each incident is one, below the wide table.
    private func proofs() -> [String] {
        let shown = layout.limit == 0 ? report.incidents.count : layout.limit
        return report.incidents.prefix(shown).flatMap { incident -> [String] in
            let lines = incident.proof?.lines(layout.language, linksMax: Self.linksMax, time: time) ?? []
            if lines.isEmpty { return [] }
            let title = TextSafety.printable("\(words.proof) \(name(incident.object)) \(incident.cause)")
            let room = layout.width > 0 ? max(20, layout.width - 2) : 0
            return [title] + lines.flatMap { TerminalWidth.lines($0, columns: room) }.map { "  \($0)" }
        }
    }

    private func nodes() -> Section {
        var table = table([("NODENAME", 16), ("SEVERITY", 13), ("HEARTBEATTIME", 0), ("REASON", 0), ("MESSAGE", 0)])
        let rows = collapsed(report.tables.nodes, reason: \.reason, message: \.message, time: \.heartbeatTime)
        for (row, more) in rows.shown {
            table.add(
                [
                    name(row.nodeName), row.severity.title, time(row.heartbeatTime), name(row.reason),
                    cell(row.message) + more,
                ]
                    + wide(row.findingId))
        }
        table.skip(rows.left)
        return Section(id: "nodes", title: "Nodes", table: table)
    }

    private func components() -> Section {
        var table = table([("NAME", 16), ("SEVERITY", 13), ("TIME", 0), ("MESSAGE", 0)])
        for row in report.tables.components {
            table.add(
                [name(row.name), row.severity.title, time(row.time), cell(row.message)] + wide(row.findingId))
        }
        return Section(id: "components", title: "Components", table: table)
    }

    private func events() -> Section {
        var table = table([
            ("NAMESPACE", 16), ("SEVERITY", 13), isWide ? ("OBJECT", 0) : ("PODNAME", 49), ("EVENTTIME", 0),
            ("REASON", 0), ("MESSAGE", 0),
        ])
        let rows = collapsed(report.tables.events, reason: \.reason, message: \.message, time: \.eventTime)
        for (row, more) in rows.shown {
            table.add(
                [
                    name(row.namespace), row.severity.title, name(isWide ? object(of: row) : row.podName),
                    time(row.eventTime),
                    name(row.reason),
                    cell(row.message) + more,
                ] + wide(row.findingId))
        }
        table.skip(rows.left)
        return Section(id: "events", title: "Events", table: table)
    }

    /// What the row is about; its name is an event's.
    private func object(of row: Report.EventRow) -> String {
        item(row.findingId).map { "\($0.object.kind.lowercased())/\($0.object.name)" } ?? row.podName
    }

    private func certificates() -> Section {
        var table = table([("NAME", 16), ("EXPIRES", 0), ("RESIDUAL", 0)], wide: false)
        for row in report.tables.certificates { table.add([name(row.name), row.expires, row.residual]) }
        return Section(id: "certificates", title: "Certificates", table: table)
    }

    private func changed(_ changes: Report.Changes) -> Section {
        var table = table([("CHANGE", 0), ("SEVERITY", 13), ("OBJECT", 0), ("CHECK", 0), ("MESSAGE", 0)], wide: false)
        func add(_ word: String, _ item: Report.Item) {
            let place = item.object.namespace.isEmpty ? "" : item.object.namespace + "/"
            table.add([
                word, item.severity.title, name("\(item.object.kind.lowercased())/\(place)\(item.object.name)"),
                item.check, cell(item.message),
            ])
        }
        for id in changes.new { if let item = item(id) { add("new", item) } }
        for id in changes.worse { if let item = item(id) { add("worse", item) } }
        for item in changes.gone { add("gone", item) }
        let line =
            "\(words.since) \(time(changes.since)): \(changes.new.count) new, \(changes.worse.count) worse, \(changes.gone.count) gone"
        return Section(id: "changes", title: "Changes", table: table.rows.isEmpty ? nil : table, lines: [line])
    }

    private func observability() -> Section {
        let reporting = report.nodes.count { $0.isReporting }
        let total = max(report.cluster.nodes, report.nodes.count)
        let line =
            report.manifests.map {
                "OBSERVED \(report.observedChecks) of \(report.checks.count) checks on \(counted($0.objects, "object"))"
            }
            ?? "OBSERVED \(report.observedChecks) of \(report.checks.count) checks on \(reporting) of \(total) nodes"
        let rows =
            isWide
            ? report.unobserved : report.unobserved.filter { $0.reason != .notConfigured && $0.reason != .notExposed }
        var section = Section(id: "observability", title: "Observability", lines: [line])
        if !rows.isEmpty {
            var table = table([("CHECK", 0), ("SCOPE", 0), ("REASON", 0), ("SINCE", 0), ("DETAIL", 0)], wide: false)
            for group in byCause(rows) { table.add(group) }
            section.table = table
        }
        let hidden = report.unobserved.count - rows.count
        if hidden > 0 {
            section.trailer.append(
                "\(hidden) more \(hidden == 1 ? "is" : "are") not configured or not exposed: -o wide")
        }
        return section
    }

    /// Checks that share scope, reason and detail share a row: a missing journal is said once, not per rule.
    private func byCause(_ rows: [Report.Unobserved]) -> [[String]] {
        var order: [String] = []
        var groups: [String: [Report.Unobserved]] = [:]
        for row in rows {
            let key = [row.scope, row.reason.rawValue, row.source, row.detail].joined(separator: "\u{1F}")
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        return order.compactMap { key in
            guard let group = groups[key], let first = group.first else { return nil }
            let names = group.map(\.check)
            let checks = names.count > 3 ? counted(names.count, "check") : names.joined(separator: ", ")
            return [checks, name(first.scope), first.reason.rawValue, time(first.since), cell(first.detail)]
        }
    }

    /// Reason and message without its numbers: lines of one kind are recognised by it. Seeded, because
    /// users write them, and must not be able to construct a collision.
    private static func kind(_ reason: String, _ message: String) -> Int {
        var hasher = Hasher()
        hasher.combine(reason)
        var message = message
        message.withUTF8 { bytes in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count) { plain in
                for (place, byte) in bytes.enumerated() {
                    let isDigit = (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
                    plain[place] = isDigit ? UInt8(ascii: "#") : byte
                }
                hasher.combine(bytes: UnsafeRawBufferPointer(plain))
            }
        }
        return hasher.finalize()
    }

    /// More than five rows of one kind become the newest, with their number.
    /// - Returns: as many as the table keeps, and how many more there are.
    private func collapsed<Row>(
        _ rows: OnDemand<Row>, reason: KeyPath<Row, String>, message: KeyPath<Row, String>,
        time: KeyPath<Row, ReportTime>
    ) -> (shown: [(Row, String)], left: Int) {
        if layout.limit == 0 { return (rows.map { ($0, "") }, 0) }
        var kinds: [Int] = []
        kinds.reserveCapacity(rows.count)
        var groups: [Int: (count: Int, newest: Int, time: ReportTime)] = [:]
        for (place, row) in rows.enumerated() {
            let kind = Self.kind(row[keyPath: reason], row[keyPath: message])
            kinds.append(kind)
            let known = groups[kind] ?? (0, place, row[keyPath: time])
            let isNewer = row[keyPath: time] > known.time
            groups[kind] = (known.count + 1, isNewer ? place : known.newest, isNewer ? row[keyPath: time] : known.time)
        }
        var shown: [(Row, String)] = []
        var done: Set<Int> = []
        for (place, kind) in kinds.enumerated() where shown.count < layout.limit {
            guard let group = groups[kind], group.count > Self.collapseAbove else {
                shown.append((rows[place], ""))
                continue
            }
            if done.insert(kind).inserted { shown.append((rows[group.newest], " (+\(group.count - 1))")) }
        }
        let all = groups.values.reduce(0) { $0 + ($1.count > Self.collapseAbove ? 1 : $1.count) }
        return (shown, all - shown.count)
    }
}
