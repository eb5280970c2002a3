import Checks
import Evaluation
import Findings
import Platform

/// Puts findings into the report's tables (CHECKS.md §9).
struct TableBuilder {
    let now: Timestamp

    func tables(_ findings: [EvaluatedFinding]) -> Report.Tables {
        var tables = Report.Tables()
        for finding in findings {
            let message = message(finding)
            switch finding.table {
            case .certificates: certificate(finding, message, &tables)
            case .nodes: tables.nodes.append(node(finding, message))
            case .components:
                let object = finding.detection.object
                tables.components.append(
                    .init(
                        name: object.name, severity: finding.detection.severity,
                        time: (finding.seen ?? finding.last).utcRFC3339, message: message,
                        findingId: finding.id))
            case .workloads:
                let object = finding.detection.object
                tables.workloads.append(
                    .init(
                        namespace: object.namespace, severity: finding.detection.severity, name: object.name,
                        kind: object.kind,
                        time: now.utcRFC3339, message: message, findingId: finding.id))
            case .events:
                if finding.events.isEmpty { tables.events.append(event(finding, message)) }
            }
            events(finding, message, &tables)
        }
        sort(&tables)
        return tables
    }

    private func message(_ finding: EvaluatedFinding) -> String {
        let times =
            finding.count > 1 && finding.events.isEmpty && finding.table == .events ? " (\(finding.count) times)" : ""
        let note = finding.acknowledgedBy.map { " [noted by \($0)]" } ?? ""
        return (finding.isDemo ? "[demo] " : "") + TextSafety.printable(finding.detection.message) + times
            + TextSafety.printable(note)
    }

    private func node(_ finding: EvaluatedFinding, _ message: String) -> Report.NodeRow {
        // A condition's reason says more than the check; a gauge has none of its own.
        let isGauge =
            finding.hasAgent && finding.condition.isEmpty
            && finding.evidence.allSatisfy { !$0.source.hasPrefix("condition") }
        return .init(
            nodeName: finding.node, severity: finding.detection.severity,
            heartbeatTime: (finding.seen ?? finding.last).utcRFC3339,
            reason: isGauge ? finding.detection.check : finding.detection.reason, message: message,
            findingId: finding.id)
    }

    private func event(_ finding: EvaluatedFinding, _ message: String) -> Report.EventRow {
        let object = finding.detection.object
        let name = object.name.isEmpty ? object.uid : object.name
        return .init(
            namespace: object.namespace.isEmpty ? "default" : object.namespace, severity: finding.detection.severity,
            podName: "\(name).\(finding.id)", eventTime: finding.last.utcRFC3339, reason: finding.detection.reason,
            message: message, findingId: finding.id)
    }

    /// Every API event has its own row, under its own name. Where agents saw the same, the first row says it all.
    private func events(_ finding: EvaluatedFinding, _ message: String, _ tables: inout Report.Tables) {
        var seen: Set<String> = []
        for (index, event) in finding.events.enumerated() where seen.insert("\(event.namespace)/\(event.name)").inserted
        {
            let isJoined = finding.hasAgent && finding.table == .events && index == 0
            let times = event.count > 1 ? " (\(event.count) times)" : ""
            let own = TextSafety.printable(event.message) + times
            // The attribution is the merge's own, and worth more than the event's words alone.
            let text = isJoined ? (message.contains(own) ? message : "\(own): \(message)") : own
            tables.events.append(
                .init(
                    namespace: event.namespace,
                    severity: isJoined ? finding.detection.severity : min(.warning, finding.detection.severity),
                    podName: event.name, eventTime: event.time.utcRFC3339, reason: event.reason, message: text,
                    findingId: finding.id))
        }
    }

    private func certificate(_ finding: EvaluatedFinding, _ message: String, _ tables: inout Report.Tables) {
        guard let deadline = finding.detection.deadline else { return }
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
        tables.certificates.append(
            .init(
                name: TextSafety.printable(name), expires: CertificateTime.expires(deadline),
                residual: CertificateTime.residual(deadline, now: now), findingId: finding.id))
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
        // `Dec 14, 2023` does not sort by itself.
        tables.certificates.sort {
            Self.before(
                (.info, CertificateTime.sortKey($0.expires), $0.name, $0.findingId),
                (.info, CertificateTime.sortKey($1.expires), $1.name, $1.findingId))
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

/// Times of the Certificates table (CHECKS.md §9).
enum CertificateTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Jan 02, 2006 15:04 UTC`.
    static func expires(_ time: Timestamp) -> String {
        let text = time.utcRFC3339
        let parts = text.split(whereSeparator: { "-T:Z".contains($0) }).map(String.init)
        guard parts.count >= 5, let month = Int(parts[1]), (1...12).contains(month) else { return text }
        return "\(months[month - 1]) \(parts[2]), \(parts[0]) \(parts[3]):\(parts[4]) UTC"
    }

    /// `20060102 15:04` of what `expires` wrote.
    static func sortKey(_ expires: String) -> String {
        let parts = expires.split(whereSeparator: { " ,".contains($0) }).map(String.init)
        guard parts.count >= 4, let month = months.firstIndex(of: parts[0]) else { return expires }
        return "\(parts[2])\(month < 9 ? "0" : "")\(month + 1)\(parts[1]) \(parts[3])"
    }

    /// Whole days `29d`, below a day `23h`, else `expired`.
    static func residual(_ time: Timestamp, now: Timestamp) -> String {
        let seconds = time.seconds(since: now)
        if seconds < 0 { return "expired" }
        return seconds >= 86_400 ? "\(Int(seconds / 86_400))d" : "\(Int(seconds / 3600))h"
    }
}
