import CheckModel
import Checks
import ClusterIndex
import Findings
import Platform
import Wire

/// What was not observed and why, and each check's outcomes over all objects.
struct OutcomeStep {
    /// Nodes without an agent that a gap names; the others are counted.
    private static let namesMax = 3

    private let inputs: EvaluationInputs
    private let view: ClusterView

    init(_ inputs: EvaluationInputs, _ view: ClusterView) {
        self.inputs = inputs
        self.view = view
    }

    /// - Parameter joined: all findings, before overrides hide any.
    func add(_ checked: CheckRunner.Result, _ joined: [EvaluatedFinding.Content], to result: inout PartitionResult) {
        for gap in checked.gaps {
            result.gaps.append(ObservationGap(gap, node: view.index.nodes[gap.scope] == nil ? "" : gap.scope))
            result.outcomes[gap.check, default: OutcomeCount()].unobserved += 1
        }
        for (check, count) in checked.healthy { result.outcomes[check, default: OutcomeCount()].healthy += count }
        var firing: Set<String> = []
        for finding in joined {
            result.outcomes[finding.detection.check, default: OutcomeCount()].finding += 1
            firing.insert(finding.detection.check)
            firing.formUnion(finding.detection.also)
        }
        addObservations(firing, to: &result)
    }

    // MARK: What a node's agent observed

    /// On a node a check has one outcome: a finding, else a gap of any of its sources, else healthy.
    private func addObservations(_ firing: Set<String>, to result: inout PartitionResult) {
        guard case .node(let name) = view.scope, let report = inputs.reports?.reports[name], let agent = report.node,
            inputs.countsAgent(of: name)
        else { return }
        let isSilent = !view.agents.isReporting(name)
        var isGap: [String: Bool] = [:]
        for observation in report.observations where inputs.settings.isEnabled(observation.check) {
            let gap = isSilent ? silence(observation, agent) : gap(observation, agent)
            if let gap { result.gaps.append(gap) }
            if observation.check != "agent" {
                isGap[observation.check, default: false] = isGap[observation.check] ?? false || gap != nil
            }
        }
        for (check, isGap) in isGap where !firing.contains(check) {
            if isGap {
                result.outcomes[check, default: OutcomeCount()].unobserved += 1
            } else {
                result.outcomes[check, default: OutcomeCount()].healthy += 1
            }
        }
    }

    private func silence(_ observation: Observation, _ agent: Snapshot.Node) -> ObservationGap {
        ObservationGap(
            check: observation.check, source: "", node: agent.name, scope: agent.name, reason: .agentSilent,
            since: agent.lastReport,
            detail: "last report \(GoDuration.brief(inputs.now.seconds(since: agent.lastReport))) ago")
    }

    private func gap(_ observation: Observation, _ agent: Snapshot.Node) -> ObservationGap? {
        guard observation.outcome == .unobserved, let reason = observation.reason else { return nil }
        return ObservationGap(
            check: observation.check, source: observation.source, node: agent.name, scope: agent.name, reason: reason,
            since: observation.since, detail: observation.detail)
    }

    // MARK: Nodes without an agent

    static func gapsWithoutAgent(_ inputs: EvaluationInputs) -> [ObservationGap] {
        guard let index = inputs.index, inputs.reports != nil else { return [] }
        let view = inputs.view(.controlPlane)
        let missing = index.nodes.records.filter { view.agents.lastReport($0.name) == nil && view.runsAgent($0) }
            .map(\.name).sorted()
        guard !missing.isEmpty else { return [] }
        let scope = missing.count == 1 ? missing[0] : "\(missing.count) of \(index.nodes.count) nodes"
        let names = missing.prefix(Self.namesMax).joined(separator: ", ")
        let more = missing.count > Self.namesMax ? ", …" : ""
        return Catalogue.builtIn.entries.filter { $0.usesAgents && inputs.settings.isEnabled($0.id) }.map {
            ObservationGap(
                check: $0.id, source: "", node: "", scope: scope, reason: .noAgent, since: nil,
                detail: "no agent on \(names)\(more) has ever reported")
        }
    }
}
