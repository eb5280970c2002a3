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
    private let inputs: EvaluationInputs
    private let results: EvaluationResults

    init(_ inputs: EvaluationInputs, _ results: EvaluationResults) {
        self.inputs = inputs
        self.results = results
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
        state.hasAgents = inputs.reports != nil
        state.agents = (inputs.reports?.nodes ?? []).sorted { $0.name < $1.name }
        state.dropped = inputs.reports?.dropped ?? 0
        state.missing = inputs.reports?.missing ?? Snapshot.Missing()
        state.silent = Set(state.agents.map(\.name).filter { !inputs.agents.isReporting($0) })
    }

    private func addCluster(_ index: ClusterIndex, to state: inout EvaluatedState) {
        state.hasCluster = true
        state.clusterVersion = index.serverVersion
        state.scannedAt = index.states.values.map(\.date).max()
        if let read = index.states[.events], index.isRead(.events) {
            // Their times are the API server's; the report's are this machine's.
            let reach = read.date.seconds(since: EventReach.since(index.events.records, now: read.date))
            state.eventsSince = inputs.now - reach
        }
        state.nodes = results.nodes
        state.workloads = results.workloads
        state.agents.removeAll { !inputs.countsAgent(of: $0.name) }
        state.silent = state.silent.filter { inputs.countsAgent(of: $0) }
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
            "\(what) \(most.key) on \(counted(most.value.count, "node")), others on \(others.count): \(shown.joined(separator: ", "))\(more)"
        ]
    }
}
