import Shared

/// Makes the report from what the aggregator holds. A pure function: the same snapshot gives the same report.
struct ReportBuilder {
    /// An agent unheard for this long is silent (CHECKS.md §8); three heartbeats.
    static let silentSeconds = 90.0
    /// Ended states stay in JSON for a day.
    static let resolvedSeconds = 86_400.0

    let snapshot: Snapshot
    let options: ReportOptions

    private var now: Timestamp { snapshot.generatedAt }

    func build() -> Report {
        let nodes = snapshot.nodes.filter { options.node == nil || $0.name == options.node }
        let names = Set(nodes.map(\.name))
        let silent = Set(nodes.filter { isSilent($0) }.map(\.name))
        var findings = snapshot.findings.filter { names.contains($0.node) && counts($0) }
        findings += nodes.filter { silent.contains($0.name) }.map(silentFinding)
        findings.sort(by: Self.order)
        let shown = findings.filter { $0.detection.severity >= options.severity }
        let unobserved = unobserved(names, silent, nodes)
        let incidents = IncidentGrouping.incidents(shown.filter { $0.detection.severity > .info }).map(incident)
        var summary = Report.Summary()
        for finding in findings {
            switch finding.detection.severity {
            case .fatal: summary.fatal += 1
            case .danger: summary.danger += 1
            case .warning: summary.warning += 1
            case .info: summary.info += 1
            }
        }
        summary.new = findings.count {
            $0.detection.severity > .info && now.seconds(since: $0.first) <= options.windowSeconds
        }
        summary.unobserved = Set(unobserved.filter { !$0.reason.isExpected }.map(\.check)).count
        let checks = checkCounts(findings, names, silent)
        let resolved = snapshot.findings.filter {
            names.contains($0.node) && ($0.resolvedAt.map { now.seconds(since: $0) <= Self.resolvedSeconds } ?? false)
        }
        return Report(
            generatedAt: time(now), window: GoDuration.brief(options.windowSeconds),
            cluster: .init(name: nodes.count == 1 ? nodes[0].name : "local", version: "", nodes: nodes.count),
            summary: summary, incidents: incidents, findings: shown.map(item), unobserved: unobserved,
            resolved: resolved.sorted(by: Self.order).map(item), checks: checks, tables: tables(shown),
            nodes: nodes.map { nodeState($0, isHeard: !silent.contains($0.name)) },
            observedChecks: checks.count { $0.finding + $0.healthy > 0 }, dropped: snapshot.dropped)
    }

    private func time(_ timestamp: Timestamp) -> String {
        options.localTime ? timestamp.localRFC3339 : timestamp.utcRFC3339
    }

    /// It holds, or it happened within the window.
    private func counts(_ finding: Finding) -> Bool {
        if finding.isState { return finding.resolvedAt == nil }
        return now.seconds(since: finding.last) <= options.windowSeconds
    }

    /// Counted from the aggregator's start too: one that was down does not accuse its agents.
    private func isSilent(_ node: Snapshot.Node) -> Bool {
        now.seconds(since: max(node.lastHeard, snapshot.startedAt)) > Self.silentSeconds
    }

    private func silentFinding(_ node: Snapshot.Node) -> Finding {
        let detection = Detection(
            check: "AgentSilent", rule: "agent-silent", reason: "AgentSilent", severity: .warning,
            object: .node(node.name),
            message: "no report from the agent for \(GoDuration.brief(now.seconds(since: node.lastHeard)))",
            remedy: "Look at the agent's pod or unit on that node and at its way to the aggregator.")
        return Finding(
            id: detection.key, node: node.name, detection: detection, first: node.lastHeard, last: node.lastHeard,
            count: 1,
            isState: true, condition: "", resolvedAt: nil, isDemo: false, evidence: [])
    }

    /// Severity, namespace, name, kind, bytewise; then what makes the order total.
    static func order(_ a: Finding, _ b: Finding) -> Bool {
        if a.detection.severity != b.detection.severity { return a.detection.severity > b.detection.severity }
        func parts(_ f: Finding) -> [String] {
            [
                f.detection.object.namespace, f.detection.object.name, f.detection.object.kind, f.detection.check,
                f.detection.subject, f.id,
            ]
        }
        return parts(a).lexicographicallyPrecedes(parts(b)) { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    private func item(_ finding: Finding) -> Report.Item {
        let detection = finding.detection
        return Report.Item(
            id: finding.id, check: detection.check, rule: detection.rule, also: detection.also.sorted(),
            severity: detection.severity, object: detection.object, node: finding.node, subject: detection.subject,
            reason: detection.reason, message: detection.message, remedy: detection.remedy,
            first: finding.first.utcRFC3339, last: finding.last.utcRFC3339, count: finding.count,
            isState: finding.isState, condition: finding.condition, isDemo: finding.isDemo,
            resolved: finding.resolvedAt?.utcRFC3339,
            evidence: finding.evidence.map {
                .init(source: $0.source, origin: $0.origin, time: $0.time.utcRFC3339, text: $0.text)
            })
    }

    private func nodeState(_ node: Snapshot.Node, isHeard: Bool) -> Report.NodeState {
        Report.NodeState(
            name: node.name, lastHeard: node.lastHeard.utcRFC3339, isHeard: isHeard, rules: node.vitals.rulesDigest,
            kernel: node.vitals.kernel, linesRead: node.vitals.linesRead, residentBytes: node.vitals.residentBytes)
    }

    private func tables(_ findings: [Finding]) -> Report.Tables {
        var tables = Report.Tables()
        for finding in findings {
            let detection = finding.detection
            let times = finding.count > 1 ? " (\(finding.count) times)" : ""
            let message = (finding.isDemo ? "[demo] " : "") + TextSafety.printable(detection.message) + times
            if let deadline = detection.deadline {
                tables.certificates.append(
                    .init(
                        name: detection.subject.isEmpty ? detection.object.name : "\(finding.node)\(detection.subject)",
                        expires: CertificateTime.expires(deadline),
                        residual: CertificateTime.residual(deadline, now: now),
                        findingId: finding.id))
            } else if finding.isState, !Self.isEventCheck(detection.check) {
                // A condition's reason says more than the check; a gauge has none of its own.
                let reason = finding.condition.isEmpty ? detection.check : detection.reason
                tables.nodes.append(
                    .init(
                        nodeName: finding.node, severity: detection.severity, heartbeatTime: time(finding.last),
                        reason: reason, message: message, findingId: finding.id))
            } else {
                let isNode = detection.object.kind == "Node"
                let name = detection.object.name.isEmpty ? detection.object.uid : detection.object.name
                tables.events.append(
                    .init(
                        namespace: isNode ? "default" : detection.object.namespace, severity: detection.severity,
                        podName: "\(name).\(finding.id)", eventTime: time(finding.last), reason: detection.reason,
                        message: message, findingId: finding.id))
            }
        }
        return tables
    }

    /// States of these are printed among the events: groups 3 and 5 of the catalogue, and [E] of its section 8.
    private static func isEventCheck(_ check: String) -> Bool {
        check.hasPrefix("Pod")
            || [
                "NodeCorruptOverlay2", "NodeKernelNULLPointer", "NodeKernelOops", "NodeLockup", "NodeHardwareError",
                "NodeDiskHardware", "NodeOOM", "NodeExt4Error", "NodeNICErrors",
            ].contains(check)
    }

    private func incident(_ group: IncidentGrouping.Group) -> Report.Incident {
        let lead = group.lead
        let more = group.findings.count - 1
        let object = lead.detection.object
        return Report.Incident(
            severity: group.findings.map(\.detection.severity).max() ?? lead.detection.severity,
            since: time(group.since),
            object: object.kind == "Node"
                ? "node/\(object.name)"
                : "\(object.kind.lowercased())/\(object.namespace)/\(object.name.isEmpty ? object.uid : object.name)",
            cause: lead.detection.check,
            summary: TextSafety.printable(lead.detection.message) + (more > 0 ? " (+\(more) more)" : ""),
            findings: group.findings.map(\.id).sorted())
    }

    private func checkCounts(_ findings: [Finding], _ names: Set<String>, _ silent: Set<String>) -> [Report.CheckCount]
    {
        var counts: [String: Report.CheckCount] = [:]
        let firing = Dictionary(grouping: findings, by: \.detection.check)
        for (check, perNode) in observationsByCheck(names) {
            var count = Report.CheckCount(id: check, finding: 0, healthy: 0, unobserved: 0)
            for (node, observations) in perNode {
                if firing[check]?.contains(where: { $0.node == node }) == true {
                    count.finding += 1
                } else if silent.contains(node) || observations.contains(where: { $0.outcome == .unobserved }) {
                    count.unobserved += 1
                } else {
                    count.healthy += 1
                }
            }
            counts[check] = count
        }
        for (check, found) in firing where counts[check] == nil {
            counts[check] = Report.CheckCount(
                id: check, finding: Set(found.map(\.node)).count, healthy: 0, unobserved: 0)
        }
        return counts.values.sorted { $0.id < $1.id }
    }

    private func observationsByCheck(_ names: Set<String>) -> [String: [String: [Observation]]] {
        var all: [String: [String: [Observation]]] = [:]
        for entry in snapshot.observations where names.contains(entry.node) && entry.observation.check != "agent" {
            all[entry.observation.check, default: [:]][entry.node, default: []].append(entry.observation)
        }
        return all
    }

    /// Equal checks, sources and reasons of several nodes are one row.
    private func unobserved(_ names: Set<String>, _ silent: Set<String>, _ nodes: [Snapshot.Node]) -> [Report
        .Unobserved]
    {
        struct Key: Hashable {
            var check: String
            var source: String
            var reason: UnobservedReason
        }
        var groups: [Key: [(node: String, since: Timestamp, detail: String)]] = [:]
        for entry in snapshot.observations where names.contains(entry.node) {
            let observation = entry.observation
            if silent.contains(entry.node) {
                let heard = nodes.first { $0.name == entry.node }?.lastHeard ?? observation.since
                let key = Key(check: observation.check, source: "", reason: .agentSilent)
                if groups[key]?.contains(where: { $0.node == entry.node }) != true {
                    groups[key, default: []].append(
                        (entry.node, heard, "last heard \(GoDuration.brief(now.seconds(since: heard))) ago"))
                }
            } else if observation.outcome == .unobserved, let reason = observation.reason {
                groups[Key(check: observation.check, source: observation.source, reason: reason), default: []]
                    .append((entry.node, observation.since, observation.detail))
            }
        }
        return groups.map { key, entries in
            Report.Unobserved(
                check: key.check,
                scope: entries.count == 1 ? entries[0].node : "\(entries.count) of \(nodes.count) nodes",
                source: key.source,
                reason: key.reason, since: time(entries.map(\.since).min() ?? now),
                detail: TextSafety.printable(entries.map(\.detail).min() ?? ""))
        }.sorted {
            ($0.check, $0.scope, $0.source, $0.reason.rawValue) < ($1.check, $1.scope, $1.source, $1.reason.rawValue)
        }
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

    /// Whole days `29d`, below a day `23h`, else `expired`.
    static func residual(_ time: Timestamp, now: Timestamp) -> String {
        let seconds = time.seconds(since: now)
        if seconds < 0 { return "expired" }
        return seconds >= 86_400 ? "\(Int(seconds / 86_400))d" : "\(Int(seconds / 3600))h"
    }
}
