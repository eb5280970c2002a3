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

    func tables(_ findings: [EvaluatedFinding]) -> Report.Tables {
        var tables = Report.Tables()
        var certificates: [CertificateEnd] = []
        for finding in findings {
            let message = message(finding)
            switch finding.table {
            case .certificates: certificates += certificate(finding)
            case .nodes: tables.nodes.append(node(finding, message))
            case .components:
                let object = finding.detection.object
                tables.components.append(
                    .init(
                        name: object.name, severity: finding.detection.severity,
                        time: ReportTime(finding.seen ?? finding.last), message: message,
                        findingId: finding.id))
            case .workloads:
                let object = finding.detection.object
                tables.workloads.append(
                    .init(
                        namespace: object.namespace, severity: finding.detection.severity, name: object.name,
                        kind: object.kind,
                        time: ReportTime(now), message: message, findingId: finding.id))
            case .events:
                if finding.events.isEmpty { tables.events.append(event(finding, message)) }
            }
            events(finding, message, &tables)
        }
        sort(&tables)
        tables.certificates = certificates.sorted(by: CertificateEnd.precedes).map(\.row)
        return tables
    }

    private func message(_ finding: EvaluatedFinding) -> String {
        let times =
            finding.count > 1 && finding.events.isEmpty && finding.table == .events
            ? " (\(counted(finding.count, "time")))" : ""
        let note = finding.acknowledgedBy.map { " " + words.acknowledged(by: $0) } ?? ""
        return TextSafety.printable(finding.detection.message) + times + TextSafety.printable(note)
    }

    private func node(_ finding: EvaluatedFinding, _ message: String) -> Report.NodeRow {
        // A condition's reason says more than the check; a gauge has none of its own.
        let isGauge =
            finding.hasAgent && finding.condition.isEmpty
            && finding.evidence.allSatisfy { !$0.source.hasPrefix("condition") }
        return .init(
            nodeName: finding.node, severity: finding.detection.severity,
            heartbeatTime: ReportTime(finding.seen ?? finding.last),
            reason: isGauge ? finding.detection.check : finding.detection.reason, message: message,
            findingId: finding.id)
    }

    private func event(_ finding: EvaluatedFinding, _ message: String) -> Report.EventRow {
        let object = finding.detection.object
        let name = object.name.isEmpty ? object.uid : object.name
        return .init(
            namespace: object.namespace.isEmpty ? "default" : object.namespace, severity: finding.detection.severity,
            podName: "\(name).\(finding.id)", eventTime: ReportTime(finding.last), reason: finding.detection.reason,
            message: message, findingId: finding.id)
    }

    /// An API event has a row under its name; several of one object and reason have one, under the newest's. Where
    /// agents saw the same, the first row stands for both.
    private func events(_ finding: EvaluatedFinding, _ message: String, _ tables: inout Report.Tables) {
        struct Kind: Hashable {
            var reason: String
            var object: ObjectReference
        }
        var order: [Kind] = [], kinds: [Kind: [CheckFinding.APIEvent]] = [:]
        var seen: Set<String> = []
        for event in finding.events where seen.insert("\(event.namespace)/\(event.name)").inserted {
            let kind = Kind(reason: event.reason, object: event.involved)
            if kinds[kind] == nil { order.append(kind) }
            kinds[kind, default: []].append(event)
        }
        for (index, kind) in order.enumerated() {
            guard let all = kinds[kind], let event = all.max(by: { $0.time < $1.time }) else { continue }
            let isJoined = finding.hasAgent && finding.table == .events && index == 0
            let count = all.reduce(0) { $0 + $1.count }
            let times = count > 1 ? " (\(counted(count, "time")))" : ""
            let said = TextSafety.printable(event.message) + times
            // The finding's message names the workload, which the event does not.
            let text = isJoined ? (message.contains(said) ? message : "\(said): \(message)") : said
            tables.events.append(
                .init(
                    namespace: event.namespace,
                    severity: isJoined ? finding.detection.severity : min(.warning, finding.detection.severity),
                    podName: event.name, eventTime: ReportTime(event.time), reason: event.reason, message: text,
                    findingId: finding.id))
        }
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

    private func sort(_ tables: inout Report.Tables) {
        tables.nodes.sort {
            Self.before(
                ($0.severity, $0.nodeName, $0.reason, $0.findingId), ($1.severity, $1.nodeName, $1.reason, $1.findingId)
            )
        }
        tables.components.sort {
            Self.before(
                ($0.severity, $0.name, $0.message, $0.findingId), ($1.severity, $1.name, $1.message, $1.findingId))
        }
        tables.events.sort {
            Self.before(
                ($0.severity, $0.namespace, $0.podName, $0.reason), ($1.severity, $1.namespace, $1.podName, $1.reason))
        }
        tables.workloads.sort {
            Self.before(($0.severity, $0.namespace, $0.name, $0.kind), ($1.severity, $1.namespace, $1.name, $1.kind))
        }
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
            ? "\(Int(seconds / Seconds.perDay))d" : "\(Int(seconds / Seconds.perHour))h"
    }
}
