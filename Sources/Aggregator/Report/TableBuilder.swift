import Checks
import Evaluation
import Findings
import Platform

/// Puts findings into the report's tables.
struct TableBuilder {
    let now: Timestamp
    let words: ReportWords

    /// A certificate's row, with what the table is sorted by: the minute that is shown.
    private struct CertificateEnd {
        var minute: Double
        var row: Report.CertificateRow

        init(_ deadline: Timestamp, _ row: Report.CertificateRow) {
            minute = (deadline.seconds(since: Timestamp(microseconds: 0)) / Seconds.perMinute).rounded(.down)
            self.row = row
        }

        static func precedes(_ a: CertificateEnd, _ b: CertificateEnd) -> Bool {
            if a.minute != b.minute { return a.minute < b.minute }
            if a.row.name != b.row.name { return Bytewise.precedes(a.row.name, b.row.name) }
            return Bytewise.precedes(a.row.findingId, b.row.findingId)
        }
    }

    /// Where a row comes from: a finding, and which of its events; -1: itself.
    private struct Source {
        var finding: Int32
        var event: Int32 = -1
    }

    func tables(_ findings: [EvaluatedFinding], _ practice: PracticeReport) -> ReportContent.Tables {
        var nodes: [Source] = [], components: [Source] = [], events: [Source] = [], workloads: [Source] = []
        var certificates: [CertificateEnd] = []
        for (place, finding) in findings.enumerated() {
            let source = Source(finding: Int32(place))
            switch finding.table {
            case .certificates: certificates += certificate(finding)
            case .nodes: nodes.append(source)
            case .components: components.append(source)
            case .workloads: workloads.append(source)
            case .events: if finding.events.isEmpty { events.append(source) }
            }
            for index in Self.grouped(finding.events).indices {
                events.append(Source(finding: Int32(place), event: Int32(index)))
            }
        }
        let own = rows(workloads, findings, workload) { ($0.severity, $0.namespace, $0.name, $0.kind) }
        let custom = practice.custom, builtIn = practice.builtIn
        return ReportContent.Tables(
            nodes: rows(nodes, findings, node) { ($0.severity, $0.nodeName, $0.reason, $0.findingId) },
            components: rows(components, findings, component) {
                ($0.severity, $0.name, $0.message, $0.findingId)
            },
            events: rows(events, findings, event) { ($0.severity, $0.namespace, $0.podName, $0.reason) },
            workloads: OnDemand(count: custom.count + own.count + builtIn.count) { place in
                if place < custom.count { return custom[place] }
                let rest = place - custom.count
                return rest < own.count ? own[rest] : builtIn[rest - own.count]
            },
            certificates: OnDemand(certificates.sorted(by: CertificateEnd.precedes).map(\.row)))
    }

    /// Sorted by their keys, which are made once; the rows themselves are made again when they are read.
    private func rows<Row: Sendable>(
        _ sources: [Source], _ findings: [EvaluatedFinding],
        _ make: @escaping @Sendable (EvaluatedFinding, Int) -> Row,
        key: (Row) -> (Severity, String, String, String)
    ) -> OnDemand<Row> {
        let keyed = sources.map { source in
            (key(make(findings[Int(source.finding)], Int(source.event))), source)
        }
        let sorted = keyed.sorted { Self.before($0.0, $1.0) }.map(\.1)
        return OnDemand(count: sorted.count) { place in
            make(findings[Int(sorted[place].finding)], Int(sorted[place].event))
        }
    }

    private func message(_ finding: EvaluatedFinding) -> String {
        let times =
            finding.count > 1 && finding.events.isEmpty && finding.table == .events
            ? " (\(counted(finding.count, "time")))" : ""
        let note = finding.acknowledgedBy.map { " " + words.acknowledged(by: $0) } ?? ""
        return TextSafety.printable(finding.detection.message) + times + TextSafety.printable(note)
    }

    private func node(_ finding: EvaluatedFinding, _: Int) -> Report.NodeRow {
        // A condition's reason says more than the check; a gauge has none of its own.
        let isGauge =
            finding.hasAgent && finding.condition.isEmpty
            && finding.evidence.allSatisfy { !$0.source.hasPrefix("condition") }
        return .init(
            nodeName: finding.node, severity: finding.severity,
            heartbeatTime: ReportTime(finding.seen ?? finding.last),
            reason: isGauge ? finding.check : finding.detection.reason, message: message(finding),
            findingId: finding.id)
    }

    private func component(_ finding: EvaluatedFinding, _: Int) -> Report.ComponentRow {
        .init(
            name: finding.object.name, severity: finding.severity, time: ReportTime(finding.seen ?? finding.last),
            message: message(finding), findingId: finding.id)
    }

    private func workload(_ finding: EvaluatedFinding, _: Int) -> Report.WorkloadRow {
        let object = finding.object
        return .init(
            namespace: object.namespace, severity: finding.severity, name: object.name, kind: object.kind,
            time: ReportTime(now), message: message(finding), findingId: finding.id)
    }

    /// API events of one object and reason, in the order in which the first of each came.
    private static func grouped(_ events: [CheckFinding.APIEvent]) -> [[CheckFinding.APIEvent]] {
        struct Kind: Hashable {
            var reason: String
            var object: ObjectReference
        }
        if events.count < 2 { return events.map { [$0] } }
        var order: [Kind] = [], kinds: [Kind: [CheckFinding.APIEvent]] = [:]
        var seen: Set<String> = []
        for event in events where seen.insert("\(event.namespace)/\(event.name)").inserted {
            let kind = Kind(reason: event.reason, object: event.involved)
            if kinds[kind] == nil { order.append(kind) }
            kinds[kind, default: []].append(event)
        }
        return order.map { kinds[$0] ?? [] }
    }

    /// An API event has a row under its name; several of one object and reason have one, under the newest's. Where
    /// agents saw the same, the first row stands for both.
    /// - Parameter index: of the finding's groups of events; -1: it has none, and its row is its own.
    private func event(_ finding: EvaluatedFinding, _ index: Int) -> Report.EventRow {
        let groups = Self.grouped(finding.events)
        guard index >= 0, index < groups.count, let event = groups[index].max(by: { $0.time < $1.time }) else {
            let object = finding.object
            let name = object.name.isEmpty ? object.uid : object.name
            return .init(
                namespace: object.namespace.isEmpty ? "default" : object.namespace, severity: finding.severity,
                podName: "\(name).\(finding.id)", eventTime: ReportTime(finding.last),
                reason: finding.detection.reason, message: message(finding), findingId: finding.id)
        }
        let isJoined = finding.hasAgent && finding.table == .events && index == 0
        let count = groups[index].reduce(0) { $0 + $1.count }
        let times = count > 1 ? " (\(counted(count, "time")))" : ""
        var text = TextSafety.printable(event.message) + times
        if isJoined {
            // The finding's message names the workload, which the event does not.
            let message = message(finding)
            text = message.contains(text) ? message : "\(text): \(message)"
        }
        return .init(
            namespace: event.namespace,
            severity: isJoined ? finding.severity : min(.warning, finding.severity),
            podName: event.name, eventTime: ReportTime(event.time), reason: event.reason, message: text,
            findingId: finding.id)
    }

    private func certificate(_ finding: EvaluatedFinding) -> [CertificateEnd] {
        guard let deadline = finding.detection.deadline else { return [] }
        let object = finding.detection.object, subject = finding.detection.subject
        let name =
            object.kind == "Node"
            ? "\(finding.node)\(subject)"
            : [
                object.kind == "Certificate"
                    ? object.name
                    : "\(object.kind)/\(object.namespace.isEmpty ? "" : object.namespace + "/")\(object.name)", subject,
            ]
            .filter { !$0.isEmpty }.joined(separator: "/")
        let row = Report.CertificateRow(
            name: TextSafety.printable(name), expires: CertificateTime.expires(deadline),
            residual: CertificateTime.residual(deadline, now: now), findingId: finding.id)
        return [CertificateEnd(deadline, row)]
    }

    /// By severity, the worst first, then bytewise.
    private static func before(
        _ a: (Severity, String, String, String), _ b: (Severity, String, String, String)
    ) -> Bool {
        if a.0 != b.0 { return a.0 > b.0 }
        if a.1 != b.1 { return Bytewise.precedes(a.1, b.1) }
        if a.2 != b.2 { return Bytewise.precedes(a.2, b.2) }
        return Bytewise.precedes(a.3, b.3)
    }
}

/// Times of the certificates table.
enum CertificateTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Jan 02, 2006 15:04 UTC`.
    static func expires(_ time: Timestamp) -> String {
        let text = time.utcRFC3339
        let parts = text.split(whereSeparator: { "-T:Z".contains($0) }).map(String.init)
        guard parts.count >= 5, let month = Int(parts[1]), (1...12).contains(month) else { return text }
        return "\(months[month - 1]) \(parts[2]), \(parts[0]) \(parts[3]):\(parts[4]) UTC"
    }

    /// Whole days `29d`, below a day `23h`, else `expired`.
    static func residual(_ time: Timestamp, now: Timestamp) -> String {
        let seconds = time.seconds(since: now)
        if seconds < 0 { return "expired" }
        return seconds >= Seconds.perDay
            ? "\(Int(saturating: (seconds / Seconds.perDay).rounded(.down)))d"
            : "\(Int(saturating: (seconds / Seconds.perHour).rounded(.down)))h"
    }
}
