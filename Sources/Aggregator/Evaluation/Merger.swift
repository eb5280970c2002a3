package import CheckModel
import Checks
package import ClusterIndex
import Documents
import Findings
import KubernetesAPI
package import Platform
package import Practice
package import Wire

/// Makes one list of what the API says and what agents found (DESIGN §9). Pure: the same inputs give the same state.
package struct Merger {
    /// Evidence this close in time is one finding.
    static let windowSeconds = 600.0
    /// For process ids, which are used again.
    static let pidSeconds = 60.0
    /// Ended states stay for a day.
    package static let resolvedSeconds = 86_400.0

    /// nil: there is no cluster.
    package let index: ClusterIndex?
    /// What the audit of best practice saw as objects came by.
    package var audit = AuditTable()
    /// nil: there is no aggregator.
    package let snapshot: Snapshot?
    package var settings = EvaluationSettings()
    package let now: Timestamp
    package var windowSeconds = 3600.0

    package func merge() -> MergedState {
        let agents = snapshot.map { AgentView($0, windowSeconds: windowSeconds) } ?? AgentView()
        var state = MergedState(generatedAt: now, clusterName: index?.name ?? "local")
        let view = ClusterView(
            index ?? ClusterIndex(name: "local"), agents: agents, settings: active.checks, clock: now,
            windowSeconds: windowSeconds)
        // Without a cluster only agents speak.
        let checks = index == nil ? CheckList.all.filter { $0 is AgentSilentCheck } : CheckList.all
        var joiner = FindingJoiner(view: view)
        let result = CheckRunner(view: view, checks: checks).run { joiner.add(cluster: $0) }
        describe(view, &state)
        for finding in agentFindings(view) { joiner.add(agent: finding) }
        state.findings = joiner.finish()
        addGaps(result, view, &state)
        countOutcomes(result, view, &state)
        applyOverrides(&state, view)
        if let index { addPractice(index, &state) }
        state.findings.sort(by: Self.order)
        if let snapshot {
            let resolved = snapshot.findings.filter {
                $0.resolvedAt.map { now.seconds(since: $0) <= Self.resolvedSeconds } ?? false
            }
            state.resolved = resolved.map { joiner.merged($0) }.sorted(by: Self.order)
        }
        return state
    }

    private var active: EvaluationSettings {
        var settings = settings
        settings.overrides = settings.overrides.active(at: now)
        return settings
    }

    package init(
        index: ClusterIndex?, audit: AuditTable = AuditTable(), snapshot: Snapshot?,
        settings: EvaluationSettings = EvaluationSettings(), now: Timestamp, windowSeconds: Double = 3600.0
    ) {
        self.index = index
        self.audit = audit
        self.snapshot = snapshot
        self.settings = settings
        self.now = now
        self.windowSeconds = windowSeconds
    }

    /// They hold, or happened within the window.
    private func agentFindings(_ view: ClusterView) -> [Finding] {
        view.agents.findings.values.joined().filter { settings.isEnabled($0.detection.check) }.sorted { $0.id < $1.id }
    }

    /// Severity, namespace, name, kind, bytewise; then what makes the order total.
    static func order(_ a: MergedFinding, _ b: MergedFinding) -> Bool {
        if a.detection.severity != b.detection.severity { return a.detection.severity > b.detection.severity }
        let left = a.detection, right = b.detection
        if left.object.namespace != right.object.namespace {
            return Bytewise.precedes(left.object.namespace, right.object.namespace)
        }
        if left.object.name != right.object.name { return Bytewise.precedes(left.object.name, right.object.name) }
        if left.object.kind != right.object.kind { return Bytewise.precedes(left.object.kind, right.object.kind) }
        if left.check != right.check { return Bytewise.precedes(left.check, right.check) }
        if left.subject != right.subject { return Bytewise.precedes(left.subject, right.subject) }
        return Bytewise.precedes(a.id, b.id)
    }

    // MARK: Header and facts

    private func describe(_ view: ClusterView, _ state: inout MergedState) {
        state.hasCluster = index != nil
        state.hasAgents = snapshot != nil
        state.agents = snapshot?.nodes ?? []
        state.dropped = snapshot?.dropped ?? 0
        state.silent = Set(state.agents.map(\.name).filter { !view.agents.isReporting($0) })
        guard let index else {
            if state.agents.count == 1 { state.clusterName = state.agents[0].name }
            for node in state.agents { state.nodes[node.name] = NodeFacts() }
            return
        }
        state.clusterVersion = index.serverVersion
        state.scannedAt = index.states.values.map(\.date).max()
        for node in index.nodes.records { state.nodes[node.name] = Self.facts(node, view) }
        // Agents of nodes that have left the cluster are no longer counted, where the nodes are known.
        if index.states[.nodes] != nil, index.isComplete(.nodes) {
            state.agents.removeAll { index.nodes[$0.name] == nil }
            state.silent = state.silent.filter { index.nodes[$0] != nil }
        }
        for pod in index.pods.records where !pod.isFinished {
            state.workloads[view.owner(of: pod), default: WorkloadFacts()].add(pod)
            if !pod.node.isEmpty { state.nodes[pod.node]?.podCount += 1 }
        }
        for other in index.daemonsets.records where other.name.contains("node-problem-detector") {
            state.notes.append(
                "node-problem-detector runs too (DaemonSet \(other.namespace)/\(other.name)): its events and conditions are evidence here"
            )
        }
        noteVersions("rules", \.rulesDigest, &state)
        noteVersions("agents", \.agentVersion, &state)
        if let namespace = index.namespace { state.notes.append("only namespace \(namespace)") }
        let narrowed = index.states.filter(\.value.isNarrowed).map(\.key.rawValue).sorted()
        if !narrowed.isEmpty {
            state.notes.append("one namespace only of \(narrowed.joined(separator: ", ")): the rest is forbidden")
        }
    }

    /// Agents that do not run what most run, by name.
    private func noteVersions(_ what: String, _ version: KeyPath<Vitals, String>, _ state: inout MergedState) {
        let byVersion = Dictionary(grouping: state.agents) { $0.vitals[keyPath: version] }
        guard byVersion.count > 1,
            let most = byVersion.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })
        else { return }
        let others = state.agents.filter { $0.vitals[keyPath: version] != most.key }.sorted { $0.name < $1.name }
        let shown = others.prefix(5).map { "\($0.name) \($0.vitals[keyPath: version])" }
        state.notes.append(
            "\(what) \(most.key) on \(most.value.count) nodes, others on \(others.count): \(shown.joined(separator: ", "))\(others.count > 5 ? ", …" : "")"
        )
    }

    private static let poolLabels = [
        "cloud.google.com/gke-nodepool", "eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool",
        "kubernetes.azure.com/agentpool", "node.kubernetes.io/pool", "pool", "alibabacloud.com/nodepool-id",
    ]

    private static func facts(_ node: NodeRecord, _ view: ClusterView) -> NodeFacts {
        var factors: [NodeFacts.Factor] = []
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { factors.append(.init(name: name, value: value)) }
        }
        add("pool", poolLabels.compactMap { node.labels[$0] }.first)
        add("zone", node.labels["topology.kubernetes.io/zone"] ?? node.labels["failure-domain.beta.kubernetes.io/zone"])
        add(
            "instance",
            node.labels["node.kubernetes.io/instance-type"] ?? node.labels["beta.kubernetes.io/instance-type"])
        add("kernel", node.kernel)
        add("os", node.osImage)
        add("kubelet", node.kubelet)
        add("runtime", node.runtime)
        return NodeFacts(
            isReady: node.ready?.status == "True", isLeaving: node.leavingSince != nil, factors: factors,
            otherConditions: node.conditions.filter { !judged.contains($0.type) }.map { "\($0.type)=\($0.status)" }
                .sorted(),
            labels: node.labels)
    }

    private static let judged = Catalogue.builtIn.judgedConditions

    // MARK: Outcomes

    private func addGaps(_ result: CheckRunner.Result, _ view: ClusterView, _ state: inout MergedState) {
        for gap in result.gaps {
            state.gaps.append(
                MergedGap(
                    check: gap.check, source: "", node: view.index.nodes[gap.scope] == nil ? "" : gap.scope,
                    scope: gap.scope,
                    reason: gap.reason, since: nil, detail: gap.detail))
        }
        guard let snapshot else { return }
        let heard = Dictionary(state.agents.map { ($0.name, $0.lastHeard) }, uniquingKeysWith: { a, _ in a })
        for entry in snapshot.observations {
            guard let lastHeard = heard[entry.node], settings.isEnabled(entry.observation.check) else { continue }
            let observation = entry.observation
            if state.silent.contains(entry.node) {
                state.gaps.append(
                    MergedGap(
                        check: observation.check, source: "", node: entry.node, scope: entry.node, reason: .agentSilent,
                        since: lastHeard, detail: "last heard \(GoDuration.brief(now.seconds(since: lastHeard))) ago"))
            } else if observation.outcome == .unobserved, let reason = observation.reason {
                state.gaps.append(
                    MergedGap(
                        check: observation.check, source: observation.source, node: entry.node, scope: entry.node,
                        reason: reason,
                        since: observation.since, detail: observation.detail))
            }
        }
        addNodesWithoutAgent(heard, view, &state)
        state.gaps = Array(Set(state.gaps)).sorted {
            ($0.check, $0.node, $0.scope, $0.source, $0.reason.rawValue, $0.detail)
                < ($1.check, $1.node, $1.scope, $1.source, $1.reason.rawValue, $1.detail)
        }
    }

    private func addNodesWithoutAgent(_ heard: [String: Timestamp], _ view: ClusterView, _ state: inout MergedState) {
        guard index != nil else { return }
        let missing = view.index.nodes.records.filter { heard[$0.name] == nil && view.runsAgent($0) }.map(\.name)
            .sorted()
        guard !missing.isEmpty else { return }
        let scope = missing.count == 1 ? missing[0] : "\(missing.count) of \(view.index.nodes.count) nodes"
        for entry in Catalogue.builtIn.entries where entry.usesAgents && settings.isEnabled(entry.id) {
            state.gaps.append(
                MergedGap(
                    check: entry.id, source: "", node: "", scope: scope, reason: .noAgent, since: nil,
                    detail:
                        "no agent of \(missing.prefix(3).joined(separator: ", "))\(missing.count > 3 ? ", …" : "") was ever heard"
                ))
        }
    }

    private func countOutcomes(_ result: CheckRunner.Result, _ view: ClusterView, _ state: inout MergedState) {
        for (check, count) in result.healthy { state.outcomes[check, default: OutcomeCount()].healthy += count }
        for gap in result.gaps { state.outcomes[gap.check, default: OutcomeCount()].unobserved += 1 }
        var firing: [String: Set<String>] = [:]
        var counts: [String: Int] = [:]
        for finding in state.findings {
            counts[finding.detection.check, default: 0] += 1
            // Only agents' observations are asked for, below.
            guard snapshot != nil else { continue }
            for check in [finding.detection.check] + finding.detection.also {
                firing[check, default: []].insert(finding.node)
            }
        }
        for (check, count) in counts { state.outcomes[check, default: OutcomeCount()].finding += count }
        // On a node a check has one outcome: a finding, else a gap of any of its sources, else healthy.
        var perNode: [String: [String: Bool]] = [:]
        let known = Set(state.agents.map(\.name))
        for entry in snapshot?.observations ?? []
        where known.contains(entry.node) && entry.observation.check != "agent"
            && settings.isEnabled(entry.observation.check)
        {
            let isGap = state.silent.contains(entry.node) || entry.observation.outcome == .unobserved
            perNode[entry.observation.check, default: [:]][entry.node, default: false] =
                isGap || perNode[entry.observation.check]?[entry.node] ?? false
        }
        for (check, nodes) in perNode {
            for (node, isGap) in nodes where firing[check]?.contains(node) != true {
                if isGap {
                    state.outcomes[check, default: OutcomeCount()].unobserved += 1
                } else {
                    state.outcomes[check, default: OutcomeCount()].healthy += 1
                }
            }
        }
    }

    // MARK: Best practice

    private func addPractice(_ index: ClusterIndex, _ state: inout MergedState) {
        let result = PracticeEvaluator(
            table: audit, set: settings.workloads, settings: active.checks, now: now,
            observed: index.states.mapValues(\.date)
        ).evaluate()
        var gaps = result.gaps
        for place in settings.workloads.checks.indices {
            let description = settings.workloads.descriptions[place]
            guard settings.isEnabled(description.id) else { continue }
            var out = CheckOutput(description.entry, now: now)
            if settings.workloads.checks[place].needsRegistries {
                out.unobserved(.notConfigured, "no allowedRegistries in a configuration")
            } else if let applied = audit.applied, !applied.contains(place) {
                out.unobserved(
                    .notConfigured, "the aggregator does not run it; --profile strict reads the API directly")
            } else {
                CheckRunner.noteMissing(description.needs, index, &out)
                for kind in settings.workloads.checks[place].namedKinds {
                    guard let problem = audit.problems[kind] else { continue }
                    out.unobserved(problem.unobservedReason, problem.brief)
                }
            }
            gaps += out.gaps
        }
        add(result, gaps, &state)
        for problem in settings.workloads.problems.prefix(20) { state.notes.append(problem.description) }
    }

    package func add(_ result: PracticeEvaluator.Result, _ gaps: [CheckGap], _ state: inout MergedState) {
        state.practice = result.state
        for (check, count) in result.outcomes {
            state.outcomes[check, default: OutcomeCount()].finding += count.finding
            state.outcomes[check, default: OutcomeCount()].healthy += count.healthy
        }
        for gap in gaps {
            state.outcomes[gap.check, default: OutcomeCount()].unobserved += 1
            state.gaps.append(
                MergedGap(
                    check: gap.check, source: "", node: "", scope: gap.scope, reason: gap.reason, since: nil,
                    detail: gap.detail))
        }
    }

    // MARK: Overrides

    private func applyOverrides(_ state: inout MergedState, _ view: ClusterView) {
        let entries = settings.overrides.active(at: now).entries
        state.expiredOverrides = settings.overrides.expired(at: now)
        guard !entries.isEmpty else { return }
        var kept: [MergedFinding] = []
        for finding in state.findings {
            let object = finding.detection.object
            let target = OverrideTarget(
                check: finding.detection.check, rule: finding.detection.rule, node: finding.node,
                nodeLabels: view.index.nodes[finding.node]?.labels ?? [:],
                namespace: object.namespace, name: finding.owner?.name ?? object.name, findingID: finding.id)
            // By the object's own name as well as its workload's.
            var own = target
            own.name = object.name
            let matching = entries.filter { $0.matches(target) || $0.matches(own) }
            if let severity = matching.last(where: { $0.severity != nil })?.severity {
                finding.detection.severity = severity
            }
            if let taken = matching.last(where: \.isAcknowledged) {
                finding.acknowledgedBy = taken.by.isEmpty ? "someone" : taken.by
            }
            if matching.contains(where: \.isIgnored) {
                state.silenced.append(finding)
            } else {
                kept.append(finding)
            }
        }
        state.findings = kept
    }
}
