package import Findings
package import Platform

extension EvaluatedState {
    /// The last step of the evaluation: findings that belong together, causes above effects.
    /// - Parameter findings: those of `findings` that the reader asked for and that nobody has acknowledged.
    package func incidents(of findings: [EvaluatedFinding]) -> [IncidentGrouping.Group] {
        IncidentGrouping(state: self).incidents(findings)
    }
}

/// Folds findings that belong together into incidents, causes above effects.
package struct IncidentGrouping {
    /// Findings this close in time are one incident.
    static let windowSeconds = 1800.0
    /// As many nodes, pods or workloads with the same cause are looked at together.
    static let commonLeast = 3

    package struct Group: Equatable, Sendable {
        /// The most upstream finding.
        package var lead: EvaluatedFinding
        package var findings: [EvaluatedFinding]
        package var since: Timestamp
        package var severity: Severity
        /// What it is about: `node/n1`, `17 nodes`.
        package var object: String
        package var nodes: Set<String>
        package var pods: Int
        /// Workloads without a ready replica that have pods in it.
        package var lost: [ObjectReference]
        /// What the affected nodes have in common and the healthy ones do not.
        package var common: [String]
    }

    let state: EvaluatedState
    /// Workloads without a ready replica, by themselves and by the nodes of their pods.
    private let lost: Set<ObjectReference>
    private let lostOnNode: [String: [ObjectReference]]

    init(state: EvaluatedState) {
        self.state = state
        var lost: Set<ObjectReference> = [], onNode: [String: [ObjectReference]] = [:]
        for (owner, facts) in state.workloads where facts.ready == 0 && facts.pods > 0 && owner.kind != "Job" {
            let plain = Self.plain(owner)
            lost.insert(plain)
            for node in facts.nodes { onNode[node, default: []].append(plain) }
        }
        self.lost = lost
        lostOnNode = onNode
    }

    /// Without its UID, which not every side knows.
    private static func plain(_ owner: ObjectReference) -> ObjectReference {
        ObjectReference(kind: owner.kind, namespace: owner.namespace, name: owner.name)
    }

    func incidents(_ findings: [EvaluatedFinding]) -> [Group] {
        let sickNodes = Set(findings.filter { $0.detection.object.kind == "Node" && isCause($0) }.map(\.node))
        let schedulerIsDown = findings.contains { $0.detection.check == "SchedulerHealthStatus" }
        let anchored = Dictionary(grouping: findings) { anchor($0, sickNodes, schedulerIsDown: schedulerIsDown) }
        var groups: [Group] = []
        for (_, ofAnchor) in anchored.sorted(by: { $0.key < $1.key }) { groups += byTime(ofAnchor) }
        return together(groups).sorted(by: Self.order)
    }

    /// A node's finding explains its pods' only when it is bad.
    private func isCause(_ finding: EvaluatedFinding) -> Bool {
        finding.detection.severity >= .danger && Catalogue.builtIn[finding.detection.check]?.rank != nil
    }

    /// What a finding is grouped by; groups come in this order.
    private enum Anchor: Hashable, Comparable {
        case controlPlane
        case node(String)
        case workload(namespace: String, kind: String, name: String)
        case object(namespace: String, kind: String, name: String)
        case alone(String)
    }

    private func anchor(_ finding: EvaluatedFinding, _ sick: Set<String>, schedulerIsDown: Bool) -> Anchor {
        let object = finding.detection.object, entry = Catalogue.builtIn[finding.detection.check]
        if entry?.trouble == "control-plane" { return .controlPlane }
        // A drill is no part of what is really wrong with its node.
        if entry?.join == .nothing { return .alone(finding.id) }
        if schedulerIsDown, finding.detection.check == "PodPending", finding.events.isEmpty { return .controlPlane }
        if object.kind == "Node" { return .node(finding.node) }
        if !finding.node.isEmpty, sick.contains(finding.node) { return .node(finding.node) }
        if let owner = finding.owner {
            return .workload(namespace: owner.namespace, kind: owner.kind, name: owner.name)
        }
        return .object(namespace: object.namespace, kind: object.kind, name: object.name)
    }

    private func byTime(_ findings: [EvaluatedFinding]) -> [Group] {
        var groups: [Group] = []
        var open: [EvaluatedFinding] = []
        var end = Timestamp(microseconds: 0)
        for finding in findings.sorted(by: { ($0.first, $0.id) < ($1.first, $1.id) }) {
            if !open.isEmpty, finding.first.seconds(since: end) > Self.windowSeconds {
                groups.append(group(open))
                open = []
            }
            open.append(finding)
            end = max(end, finding.last)
        }
        if !open.isEmpty { groups.append(group(open)) }
        return groups
    }

    static func rank(_ finding: EvaluatedFinding) -> Int { Catalogue.builtIn[finding.detection.check]?.rank ?? .max }

    private func group(_ findings: [EvaluatedFinding]) -> Group {
        let lead =
            findings.min { a, b in
                if Self.rank(a) != Self.rank(b) { return Self.rank(a) < Self.rank(b) }
                if a.detection.severity != b.detection.severity { return a.detection.severity > b.detection.severity }
                return (a.first, a.id) < (b.first, b.id)
            } ?? findings[0]
        return measured(
            Group(
                lead: lead, findings: findings, since: findings.map(\.first).min() ?? lead.first,
                severity: findings.map(\.detection.severity).max() ?? lead.detection.severity, object: Self.name(lead),
                nodes: [], pods: 0, lost: [], common: []))
    }

    static func name(_ finding: EvaluatedFinding) -> String {
        let object = finding.detection.object
        if object.kind == "Node" { return "node/\(object.name)" }
        if object.kind == "Component" { return object.name }
        let shown = finding.owner ?? object
        let name = shown.name.isEmpty ? shown.uid : shown.name
        return "\(shown.kind.lowercased())/\(shown.namespace.isEmpty ? "" : shown.namespace + "/")\(name)"
    }

    /// Groups with the same cause, at the same time, are one when they are three or more.
    private func together(_ groups: [Group]) -> [Group] {
        var rest: [Group] = []
        var kinds: [String: [Group]] = [:]
        for group in groups {
            let object = group.lead.detection.object.kind
            let isNode = object == "Node", isPod = object == "Pod"
            // A lone state of something else says nothing of a common cause; of plain events the reason does, and on
            // nodes the same check is the same trouble.
            let isPlain = group.lead.detection.check == "WarningEvent"
            guard isNode || isPod && (isPlain || Catalogue.builtIn[group.lead.detection.check]?.rank != nil) else {
                rest.append(group)
                continue
            }
            let cause = isPlain ? group.lead.detection.reason : group.lead.detection.check
            kinds["\(cause)\u{1F}\(isNode ? "nodes" : "workloads")", default: []].append(group)
        }
        for (key, same) in kinds.sorted(by: { $0.key < $1.key }) {
            guard same.count >= Self.commonLeast else {
                rest += same
                continue
            }
            let sorted = same.sorted(by: Self.order)
            var joined = sorted[0]
            joined.findings = sorted.flatMap(\.findings)
            joined.since = sorted.map(\.since).min() ?? joined.since
            joined.severity = sorted.map(\.severity).max() ?? joined.severity
            let isNodes = key.hasSuffix("nodes")
            let isOwned = sorted.contains { $0.lead.owner != nil }
            joined.object = "\(sorted.count) \(isNodes ? "nodes" : isOwned ? "workloads" : "pods")"
            let members = isNodes ? Set(sorted.map(\.lead.node)) : Set(sorted.flatMap { $0.findings.map(\.node) })
            joined.common = CommonFactor.find(members.filter { !$0.isEmpty }, in: state.nodes)
            rest.append(measured(joined))
        }
        return rest
    }

    /// Counts what an incident touches.
    private func measured(_ group: Group) -> Group {
        var group = group
        // Nodes that are down with everything on them; other findings touch only their own object.
        let down = Set(
            group.findings.filter {
                $0.detection.object.kind == "Node" && $0.detection.severity == .fatal
                    && state.nodes[$0.node]?.isReady == false
            }.map(\.node))
        group.nodes = Set(group.findings.map(\.node).filter { !$0.isEmpty })
        let named = Set(group.findings.filter { $0.detection.object.kind == "Pod" }.map(\.detection.object))
        group.pods = down.reduce(0) { $0 + (state.nodes[$1]?.podCount ?? 0) }
        let counted = Set(group.findings.filter { down.contains($0.node) }.map(\.detection.object))
        group.pods += named.subtracting(counted).count
        var gone = Set(group.findings.compactMap { $0.owner.map(Self.plain) }).intersection(lost)
        for node in down { gone.formUnion(lostOnNode[node] ?? []) }
        group.lost = gone.sorted { ($0.namespace, $0.name, $0.kind) < ($1.namespace, $1.name, $1.kind) }
        return group
    }

    /// By severity, then by blast radius: workloads without a replica left, pods, nodes.
    static func order(_ a: Group, _ b: Group) -> Bool {
        if a.severity != b.severity { return a.severity > b.severity }
        if a.lost.count != b.lost.count { return a.lost.count > b.lost.count }
        if a.pods != b.pods { return a.pods > b.pods }
        if a.nodes.count != b.nodes.count { return a.nodes.count > b.nodes.count }
        if a.findings.count != b.findings.count { return a.findings.count > b.findings.count }
        return (a.since, a.lead.id) < (b.since, b.lead.id)
    }
}
