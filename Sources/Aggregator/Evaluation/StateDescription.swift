import CheckModel
import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform
import Wire

/// The state before its findings: header, notes, facts of nodes and workloads, and which agents report.
struct StateDescription {
    /// Nodes named in a note; the others are counted.
    private static let namesMax = 5
    private static let poolLabels = [
        "cloud.google.com/gke-nodepool", "eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool",
        "kubernetes.azure.com/agentpool", "node.kubernetes.io/pool", "pool", "alibabacloud.com/nodepool-id",
    ]
    private static let judged = Set(Catalogue.builtIn.judgedConditions.keys)

    private let inputs: EvaluationInputs
    private let view: ClusterView

    init(_ inputs: EvaluationInputs, _ view: ClusterView) {
        self.inputs = inputs
        self.view = view
    }

    func state() -> EvaluatedState {
        var state = EvaluatedState(generatedAt: inputs.now, clusterName: inputs.index?.name ?? "local")
        addAgents(to: &state)
        if let index = inputs.index {
            addCluster(index, to: &state)
            addNotes(index, to: &state)
        } else {
            if state.agents.count == 1 { state.clusterName = state.agents[0].name }
            for node in state.agents { state.nodes[node.name] = NodeFacts() }
        }
        return state
    }

    private func addAgents(to state: inout EvaluatedState) {
        state.hasAgents = inputs.snapshot != nil
        state.agents = inputs.snapshot?.nodes ?? []
        state.dropped = inputs.snapshot?.dropped ?? 0
        state.silent = Set(state.agents.map(\.name).filter { !view.agents.isReporting($0) })
    }

    private func addCluster(_ index: ClusterIndex, to state: inout EvaluatedState) {
        state.hasCluster = true
        state.clusterVersion = index.serverVersion
        state.scannedAt = index.states.values.map(\.date).max()
        for node in index.nodes.records { state.nodes[node.name] = Self.facts(node) }
        // Agents of nodes that have left the cluster are no longer counted, where the nodes are known.
        if index.states[.nodes] != nil, index.isComplete(.nodes) {
            state.agents.removeAll { index.nodes[$0.name] == nil }
            state.silent = state.silent.filter { index.nodes[$0] != nil }
        }
        for pod in index.pods.records where !pod.isFinished {
            state.workloads[view.owner(of: pod), default: WorkloadFacts()].add(pod)
            if !pod.node.isEmpty { state.nodes[pod.node]?.podCount += 1 }
        }
    }

    private func addNotes(_ index: ClusterIndex, to state: inout EvaluatedState) {
        for other in index.daemonsets.records where other.name.contains("node-problem-detector") {
            state.notes.append(
                "node-problem-detector runs too (DaemonSet \(other.namespace)/\(other.name)): its events and conditions are evidence here"
            )
        }
        state.notes += versionNote("rules", \.rulesDigest, state.agents)
        state.notes += versionNote("agents", \.agentVersion, state.agents)
        if let namespace = index.namespace { state.notes.append("only namespace \(namespace)") }
        let narrowed = index.states.filter(\.value.isNarrowed).map(\.key.rawValue).sorted()
        if !narrowed.isEmpty {
            state.notes.append("one namespace only of \(narrowed.joined(separator: ", ")): the rest is forbidden")
        }
    }

    /// Agents that do not run what most run, by name.
    private func versionNote(
        _ what: String, _ version: KeyPath<Vitals, String>, _ agents: [Snapshot.Node]
    ) -> [String] {
        let byVersion = Dictionary(grouping: agents) { $0.vitals[keyPath: version] }
        guard byVersion.count > 1,
            let most = byVersion.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })
        else { return [] }
        let others = agents.filter { $0.vitals[keyPath: version] != most.key }.sorted { $0.name < $1.name }
        let shown = others.prefix(Self.namesMax).map { "\($0.name) \($0.vitals[keyPath: version])" }
        let more = others.count > Self.namesMax ? ", …" : ""
        return [
            "\(what) \(most.key) on \(most.value.count) nodes, others on \(others.count): \(shown.joined(separator: ", "))\(more)"
        ]
    }

    private static func facts(_ node: NodeRecord) -> NodeFacts {
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
}
