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

    /// Where a row comes from: a finding, or API events of it.
    private struct Source {
        var finding: Int32
        /// Place of the newest event among the finding's; -1: the row is the finding's own.
        var event: Int32 = -1
        /// How often its events happened.
        var count = 0
        /// It stands for what agents saw as well.
        var isFirst = true
    }

    private typealias Key = (Severity, String, String, String)

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
            addEvents(finding, Int32(place), to: &events)
        }
        let own = rows(workloads, findings, workload) {
            finding, _ in (finding.severity, finding.object.namespace, finding.object.name, finding.object.kind)
        }
        let custom = practice.custom, builtIn = practice.builtIn
        return ReportContent.Tables(
            nodes: rows(nodes, findings, node) { finding, _ in
                (finding.severity, finding.node, nodeReason(finding), finding.id)
            },
            components: rows(components, findings, component) { finding, _ in
                (finding.severity, finding.object.name, message(finding), finding.id)
            },
            events: rows(events, findings, event, key: eventKey),
            workloads: OnDemand(count: custom.count + own.count + builtIn.count) { place in
                if place < custom.count { return custom[place] }
                let rest = place - custom.count
                return rest < own.count ? own[rest] : builtIn[rest - own.count]
            },
            certificates: OnDemand(certificates.sorted(by: CertificateEnd.precedes).map(\.row)),
            practiceCount: custom.count + builtIn.count)
    }

    /// Sorted by their keys, which are made once; the rows themselves are made when they are read.
    private func rows<Row: Sendable>(
        _ sources: [Source], _ findings: [EvaluatedFinding],
        _ make: @escaping @Sendable (EvaluatedFinding, Source) -> Row, key: (EvaluatedFinding, Source) -> Key
    ) -> OnDemand<Row> {
        let keyed = sources.map { (key(findings[Int($0.finding)], $0), $0) }
        let sorted = keyed.sorted { Self.before($0.0, $1.0) }.map(\.1)
        return OnDemand(count: sorted.count) { make(findings[Int(sorted[$0].finding)], sorted[$0]) }
    }

    private func message(_ finding: EvaluatedFinding) -> String {
        let times =
            finding.count > 1 && finding.events.isEmpty && finding.table == .events
            ? " (\(counted(finding.count, "time")))" : ""
        let note = finding.acknowledgedBy.map { " " + words.acknowledged(by: $0) } ?? ""
        return TextSafety.printable(finding.detection.message) + times + TextSafety.printable(note)
    }

    private func node(_ finding: EvaluatedFinding, _: Source) -> Report.NodeRow {
        .init(
            nodeName: finding.node, severity: finding.severity,
            heartbeatTime: ReportTime(finding.seen ?? finding.last), reason: nodeReason(finding),
            message: message(finding), findingId: finding.id)
    }

    /// A condition's reason says more than the check; a gauge has none of its own.
    private func nodeReason(_ finding: EvaluatedFinding) -> String {
        let isGauge =
            finding.hasAgent && finding.condition.isEmpty
            && finding.evidence.allSatisfy { !$0.source.hasPrefix("condition") }
        return isGauge ? finding.check : finding.detection.reason
    }

    private func component(_ finding: EvaluatedFinding, _: Source) -> Report.ComponentRow {
        .init(
            name: finding.object.name, severity: finding.severity, time: ReportTime(finding.seen ?? finding.last),
            message: message(finding), findingId: finding.id)
    }

    private func workload(_ finding: EvaluatedFinding, _: Source) -> Report.WorkloadRow {
        let object = finding.object
        return .init(
            namespace: object.namespace, severity: finding.severity, name: object.name, kind: object.kind,
            time: ReportTime(now), message: message(finding), findingId: finding.id, check: finding.check)
    }

    /// API events of one object and reason are one row, under the name of the newest, in the order in which the first
    /// of each came.
    private func addEvents(_ finding: EvaluatedFinding, _ place: Int32, to sources: inout [Source]) {
        struct Kind: Hashable {
            var reason: String
            var object: ObjectReference
        }
        let events = finding.events
        if events.count < 2 {
            if let only = events.first {
                sources.append(Source(finding: place, event: 0, count: only.count))
            }
            return
        }
        let start = sources.count
        var kinds: [Kind: Int] = [:]
        var seen: Set<String> = []
        for (index, event) in events.enumerated() where seen.insert("\(event.namespace)/\(event.name)").inserted {
            let kind = Kind(reason: event.reason, object: event.involved)
            guard let known = kinds[kind] else {
                kinds[kind] = sources.count
                sources.append(
                    Source(finding: place, event: Int32(index), count: event.count, isFirst: sources.count == start))
                continue
            }
            sources[known].count += event.count
            if event.time > events[Int(sources[known].event)].time { sources[known].event = Int32(index) }
        }
    }

    private func eventKey(_ finding: EvaluatedFinding, _ source: Source) -> Key {
        if source.event >= 0 {
            let event = finding.events[Int(source.event)]
            return (eventSeverity(finding, source), event.namespace, event.name, event.reason)
        }
        return (finding.severity, Self.eventNamespace(finding), Self.eventName(finding), finding.detection.reason)
    }

    /// Where agents saw the same, the first row stands for both.
    private func isJoined(_ finding: EvaluatedFinding, _ source: Source) -> Bool {
        finding.hasAgent && finding.table == .events && source.isFirst
    }

    private func eventSeverity(_ finding: EvaluatedFinding, _ source: Source) -> Severity {
        isJoined(finding, source) ? finding.severity : min(.warning, finding.severity)
    }

    private static func eventNamespace(_ finding: EvaluatedFinding) -> String {
        finding.object.namespace.isEmpty ? "default" : finding.object.namespace
    }

    private static func eventName(_ finding: EvaluatedFinding) -> String {
        let object = finding.object
        return "\(object.name.isEmpty ? object.uid : object.name).\(finding.id)"
    }

    private func event(_ finding: EvaluatedFinding, _ source: Source) -> Report.EventRow {
        guard source.event >= 0 else {
            return .init(
                namespace: Self.eventNamespace(finding), severity: finding.severity, podName: Self.eventName(finding),
                eventTime: ReportTime(finding.last), reason: finding.detection.reason, message: message(finding),
                findingId: finding.id)
        }
        let event = finding.events[Int(source.event)]
        let times = source.count > 1 ? " (\(counted(source.count, "time")))" : ""
        var text = TextSafety.printable(event.message) + times
        if isJoined(finding, source) {
            // The finding's message names the workload, which the event does not.
            let message = message(finding)
            text = message.contains(text) ? message : "\(text): \(message)"
        }
        return .init(
            namespace: event.namespace, severity: eventSeverity(finding, source), podName: event.name,
            eventTime: ReportTime(event.time), reason: event.reason, message: text, findingId: finding.id)
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
