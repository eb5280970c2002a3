package import Findings
package import Platform
import Synchronization

extension EvaluatedState {
    /// The last step of the evaluation: findings that belong together.
    /// - Parameters:
    ///   - findings: those of `findings` that the reader asked for and that nobody has acknowledged.
    ///   - hasProof: whether each incident says why it is one, which costs.
    package func incidents(of findings: [EvaluatedFinding], hasProof: Bool = false) -> [IncidentGrouping.Group] {
        let found = IncidentGrouping(state: self).incidents(findings)
        return hasProof ? found.groups.map { found.proven($0) } : found.groups
    }

    /// The same, whose proofs are written one by one.
    package func foundIncidents(of findings: [EvaluatedFinding]) -> FoundIncidents {
        IncidentGrouping(state: self).incidents(findings)
    }
}

/// Incidents, and the search that can still say why each is one.
package final class FoundIncidents: Sendable {
    package let groups: [IncidentGrouping.Group]
    private let search: CauseSearch
    private let state: EvaluatedState
    /// The places of the effects of each lead.
    private let members: [Int: [Int]]
    private let writer = Mutex<ProofWriter?>(nil)

    init(
        _ groups: [IncidentGrouping.Group], _ search: CauseSearch, _ members: [Int: [Int]], _ state: EvaluatedState
    ) {
        self.groups = groups
        self.search = search
        self.members = members
        self.state = state
    }

    /// The incident with its proof.
    package func proven(_ group: IncidentGrouping.Group) -> IncidentGrouping.Group {
        let writer = writer.withLock { writer in
            let made = writer ?? ProofWriter(search, state)
            writer = made
            return made
        }
        var group = group
        let proofs = group.roots.map { writer.proof($0, members[$0] ?? []) }
        if let first = proofs.first { group.proof = proofs.dropFirst().reduce(first) { $0.joined(with: $1) } }
        return group
    }
}

/// Folds findings into incidents, effects under their causes. What no declared mechanism explains is an incident of its
/// own, even on a sick node. A global step over all findings, linear in their number.
package struct IncidentGrouping {
    /// As many nodes or workloads with the same cause are looked at together.
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
        package var proof = IncidentProof()
        /// The places of the leads among all that were searched; several where incidents were joined.
        fileprivate(set) var roots: [Int] = []

        /// The same for as long as the same thing has the same cause.
        package var id: String {
            var hash = StableHash()
            hash.combine(lead.key)
            hash.combine(object)
            return hash.hex
        }

        /// The worst finding, where that is worse than the lead.
        package var worst: EvaluatedFinding? {
            guard severity > lead.severity else { return nil }
            return findings.filter { $0.severity == severity }.min { ($0.first, $0.id) < ($1.first, $1.id) }
        }
    }

    let state: EvaluatedState
    /// Workloads without a ready replica, by themselves and by the nodes of their pods.
    private let lost: Set<ObjectReference>
    private let lostOnNode: [String: [ObjectReference]]

    init(state: EvaluatedState) {
        self.state = state
        var lost: Set<ObjectReference> = [], onNode: [String: [ObjectReference]] = [:]
        for (owner, facts) in state.workloads where facts.ready == 0 && facts.pods > 0 && owner.kind != "Job" {
            let plain = RelationStep.plain(owner)
            lost.insert(plain)
            for node in facts.nodes { onNode[node, default: []].append(plain) }
        }
        self.lost = lost
        lostOnNode = onNode
    }

    func incidents(_ findings: [EvaluatedFinding]) -> FoundIncidents {
        // A drill is no part of what is really wrong with its node: it joins nothing and leads nothing.
        let real = findings.filter { !$0.isApart }
        let search = CauseSearch(real, state)
        var members: [Int: [Int]] = [:], roots: [Int] = []
        for index in real.indices {
            guard search.parents[index] != nil else {
                roots.append(index)
                continue
            }
            members[search.lead(of: index) ?? index, default: []].append(index)
        }
        var groups: [Group] = []
        groups.reserveCapacity(roots.count)
        for root in roots {
            let effects = members[root] ?? []
            var group = group(real[root], effects.map { real[$0] })
            group.roots = [root]
            groups.append(group)
        }
        for finding in findings where finding.isApart { groups.append(group(finding, [])) }
        return FoundIncidents(Self.sorted(together(groups)), search, members, state)
    }

    private func group(_ lead: EvaluatedFinding, _ effects: [EvaluatedFinding]) -> Group {
        var group = Group(
            lead: lead, findings: [lead], since: lead.first, severity: lead.severity, object: Self.name(lead),
            nodes: [],
            pods: 0, lost: [], common: [])
        for effect in effects.sorted(by: { ($0.first, $0.id) < ($1.first, $1.id) }) {
            group.findings.append(effect)
            group.since = min(group.since, effect.first)
            group.severity = max(group.severity, effect.severity)
        }
        return measured(group)
    }

    package static func name(_ finding: EvaluatedFinding) -> String {
        let object = finding.detection.object
        if object.kind == "Node" { return "node/\(object.name)" }
        if object.kind == "Component" { return object.name }
        let shown = finding.owner ?? object
        let name = shown.name.isEmpty ? shown.uid : shown.name
        return "\(shown.kind.lowercased())/\(shown.namespace.isEmpty ? "" : shown.namespace + "/")\(name)"
    }

    // MARK: The same cause at several places

    /// What makes incidents with equal leads one.
    private enum Sameness: Hashable {
        /// Replicas of one workload that fail in the same way.
        case workload(ObjectReference, cause: String)
        /// One check on three nodes or more.
        case nodes(check: String)
        /// Images of one registry that does not answer.
        case registry(String)
        /// Pods of three workloads or more that fail in the same way and share what the healthy do not.
        case pods(cause: String)
    }

    private func together(_ groups: [Group]) -> [Group] {
        let replicas = together(groups, least: 2, key: Self.workloadKey, same: workload)
        return together(replicas, least: Self.commonLeast, key: Self.crowdKey, same: crowd)
    }

    /// - Parameter key: a hash that equal ones have in common; only what has enough of one is looked at closer.
    private func together(
        _ groups: [Group], least: Int, key: (EvaluatedFinding) -> Int?, same: (Group) -> Sameness?
    ) -> [Group] {
        let keys = groups.map { $0.lead.isApart ? nil : key($0.lead) }
        var counts: [Int: Int] = [:]
        for key in keys { if let key { counts[key, default: 0] += 1 } }
        var rest: [Group] = [], kinds: [Sameness: [Int]] = [:]
        for (index, group) in groups.enumerated() {
            if let key = keys[index], counts[key, default: 0] >= least, let same = same(group) {
                kinds[same, default: []].append(index)
            } else {
                rest.append(group)
            }
        }
        for (same, places) in kinds.sorted(by: { $0.value[0] < $1.value[0] }) {
            rest += joined(places.map { groups[$0] }, same)
        }
        return rest
    }

    private static func workloadKey(_ lead: EvaluatedFinding) -> Int? {
        guard lead.object.kind == "Pod", let owner = lead.owner else { return nil }
        var hasher = Hasher()
        hasher.combine(owner.kind)
        hasher.combine(owner.namespace)
        hasher.combine(owner.name)
        hasher.combine(lead.isPlain ? lead.detection.reason : lead.check)
        return hasher.finalize()
    }

    private static func crowdKey(_ lead: EvaluatedFinding) -> Int? {
        let kind = lead.object.kind
        guard kind == "Node" || kind == "Pod" else { return nil }
        var hasher = Hasher()
        hasher.combine(kind)
        hasher.combine(lead.isPlain ? lead.detection.reason : lead.check)
        return hasher.finalize()
    }

    private func workload(_ group: Group) -> Sameness? {
        let lead = group.lead
        guard lead.object.kind == "Pod", let owner = lead.owner else { return nil }
        let cause = lead.isPlain ? "event \(lead.detection.reason)" : lead.check
        return .workload(RelationStep.plain(owner), cause: cause)
    }

    private func crowd(_ group: Group) -> Sameness? {
        let lead = group.lead
        // On nodes the same check is the same trouble.
        if lead.object.kind == "Node" { return .nodes(check: lead.isPlain ? lead.detection.reason : lead.check) }
        guard lead.object.kind == "Pod" else { return nil }
        if lead.check == ImageTrouble.check { return ImageTrouble.registry(lead).map { .registry($0) } }
        // A lone state says nothing of a common cause; of plain events the reason does.
        guard lead.isPlain || Catalogue.builtIn[lead.check]?.rank != nil else { return nil }
        return .pods(cause: lead.isPlain ? "event \(lead.detection.reason)" : lead.check)
    }

    private func joined(_ groups: [Group], _ same: Sameness) -> [Group] {
        let least = if case .workload = same { 2 } else { Self.commonLeast }
        let places: Int =
            switch same {
            case .workload: groups.count
            case .nodes: Set(groups.map(\.lead.node)).count
            case .registry, .pods: Self.workloads(groups).count
            }
        guard places >= least else { return groups }
        let sorted = Self.sorted(groups)
        var joined = sorted[0]
        joined.findings = sorted.flatMap(\.findings)
        joined.since = sorted.map(\.since).min() ?? joined.since
        joined.severity = sorted.map(\.severity).max() ?? joined.severity
        joined.roots = sorted.flatMap(\.roots)
        func common() -> [String] {
            let members = Set(sorted.lazy.flatMap { $0.findings.lazy.map(\.node) }.filter { !$0.isEmpty })
            return CommonFactor.find(members, in: state.nodes)
        }
        switch same {
        case .workload: break
        case .nodes:
            joined.object = counted(places, "node")
            joined.common = CommonFactor.find(Set(sorted.map(\.lead.node)), in: state.nodes)
        case .registry(let name):
            joined.object = counted(places, "workload")
            joined.common = ["registry=\(name)"] + common()
        case .pods:
            joined.common = common()
            guard !joined.common.isEmpty else { return groups }
            let isOwned = sorted.contains { $0.lead.owner != nil }
            joined.object = counted(places, isOwned ? "workload" : "pod")
        }
        return [measured(joined)]
    }

    private static func workloads(_ groups: [Group]) -> Set<ObjectReference> {
        Set(groups.map { RelationStep.plain($0.lead.owner ?? $0.lead.object) })
    }

    /// It is about a node that is down with everything on it; other findings touch only their own object.
    private func isDown(_ finding: EvaluatedFinding) -> Bool {
        finding.object.kind == "Node" && finding.severity == .fatal && state.nodes[finding.node]?.isReady == false
    }

    /// Counts what an incident touches.
    private func measured(_ group: Group) -> Group {
        var group = group
        let lead = group.lead
        if group.findings.count == 1, !isDown(lead) {
            // Most incidents of a bad hour: nothing to add up.
            group.nodes = lead.node.isEmpty ? [] : [lead.node]
            group.pods = lead.object.kind == "Pod" ? 1 : 0
            group.lost = lead.owner.map { lost.contains(RelationStep.plain($0)) ? [RelationStep.plain($0)] : [] } ?? []
            return group
        }
        let down = Set(group.findings.lazy.filter(isDown).map(\.node))
        group.nodes = Set(group.findings.lazy.map(\.node).filter { !$0.isEmpty })
        let named = Set(group.findings.lazy.filter { $0.object.kind == "Pod" }.map(\.object))
        group.pods = down.reduce(0) { $0 + (state.nodes[$1]?.podCount ?? 0) }
        let counted = Set(group.findings.lazy.filter { down.contains($0.node) }.map(\.object))
        group.pods += named.subtracting(counted).count
        var gone = Set(group.findings.compactMap { $0.owner.map(RelationStep.plain) }).intersection(lost)
        for node in down { gone.formUnion(lostOnNode[node] ?? []) }
        group.lost = gone.sorted { ($0.namespace, $0.name, $0.kind) < ($1.namespace, $1.name, $1.kind) }
        return group
    }

    /// By severity, then by blast radius: workloads without a replica left, pods, nodes. Numbers are compared alone:
    /// groups are large, and there may be a hundred thousand.
    private static func sorted(_ groups: [Group]) -> [Group] {
        struct Weight {
            var place: Int
            var severity: Severity
            var lost: Int
            var pods: Int
            var nodes: Int
            var findings: Int
            var since: Timestamp
        }
        var weights = groups.enumerated().map { place, group in
            Weight(
                place: place, severity: group.severity, lost: group.lost.count, pods: group.pods,
                nodes: group.nodes.count, findings: group.findings.count, since: group.since)
        }
        weights.sort { a, b in
            if a.severity != b.severity { return a.severity > b.severity }
            if a.lost != b.lost { return a.lost > b.lost }
            if a.pods != b.pods { return a.pods > b.pods }
            if a.nodes != b.nodes { return a.nodes > b.nodes }
            if a.findings != b.findings { return a.findings > b.findings }
            if a.since != b.since { return a.since < b.since }
            return groups[a.place].lead.id < groups[b.place].lead.id
        }
        return weights.map { groups[$0.place] }
    }
}
