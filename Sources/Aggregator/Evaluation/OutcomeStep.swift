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
    func add(_ checked: CheckRunner.Result, _ joined: [EvaluatedFinding.Content], to state: inout EvaluatedState) {
        addGaps(checked, to: &state)
        count(checked, joined, to: &state)
    }

    // MARK: Gaps

    private func addGaps(_ checked: CheckRunner.Result, to state: inout EvaluatedState) {
        for gap in checked.gaps {
            state.gaps.append(
                ObservationGap(
                    check: gap.check, source: "", node: view.index.nodes[gap.scope] == nil ? "" : gap.scope,
                    scope: gap.scope, reason: gap.reason, since: nil, detail: gap.detail))
        }
        guard let snapshot = inputs.snapshot else { return }
        let reports = Dictionary(state.agents.map { ($0.name, $0.lastReport) }, uniquingKeysWith: { a, _ in a })
        for entry in snapshot.observations {
            guard let last = reports[entry.node], inputs.settings.isEnabled(entry.observation.check) else { continue }
            if let gap = gap(entry, lastReport: last, isSilent: state.silent.contains(entry.node)) {
                state.gaps.append(gap)
            }
        }
        state.gaps += gapsWithoutAgent(reports)
        state.gaps = Array(Set(state.gaps)).sorted {
            ($0.check, $0.node, $0.scope, $0.source, $0.reason.rawValue, $0.detail)
                < ($1.check, $1.node, $1.scope, $1.source, $1.reason.rawValue, $1.detail)
        }
    }

    private func gap(
        _ entry: Snapshot.NodeObservation, lastReport: Timestamp, isSilent: Bool
    ) -> ObservationGap? {
        let observation = entry.observation
        if isSilent {
            return ObservationGap(
                check: observation.check, source: "", node: entry.node, scope: entry.node, reason: .agentSilent,
                since: lastReport,
                detail: "last report \(GoDuration.brief(inputs.now.seconds(since: lastReport))) ago")
        }
        guard observation.outcome == .unobserved, let reason = observation.reason else { return nil }
        return ObservationGap(
            check: observation.check, source: observation.source, node: entry.node, scope: entry.node, reason: reason,
            since: observation.since, detail: observation.detail)
    }

    private func gapsWithoutAgent(_ reports: [String: Timestamp]) -> [ObservationGap] {
        guard inputs.index != nil else { return [] }
        let missing = view.index.nodes.records.filter { reports[$0.name] == nil && view.runsAgent($0) }.map(\.name)
            .sorted()
        guard !missing.isEmpty else { return [] }
        let scope = missing.count == 1 ? missing[0] : "\(missing.count) of \(view.index.nodes.count) nodes"
        let names = missing.prefix(Self.namesMax).joined(separator: ", ")
        let more = missing.count > Self.namesMax ? ", …" : ""
        return Catalogue.builtIn.entries.filter { $0.usesAgents && inputs.settings.isEnabled($0.id) }.map {
            ObservationGap(
                check: $0.id, source: "", node: "", scope: scope, reason: .noAgent, since: nil,
                detail: "no agent on \(names)\(more) has ever reported")
        }
    }

    // MARK: Outcomes

    private func count(
        _ checked: CheckRunner.Result, _ joined: [EvaluatedFinding.Content], to state: inout EvaluatedState
    ) {
        for (check, count) in checked.healthy { state.outcomes[check, default: OutcomeCount()].healthy += count }
        for gap in checked.gaps { state.outcomes[gap.check, default: OutcomeCount()].unobserved += 1 }
        var firing: [String: Set<String>] = [:]
        var counts: [String: Int] = [:]
        for finding in joined {
            counts[finding.detection.check, default: 0] += 1
            // Where findings are, matters beside agents' observations only.
            guard inputs.snapshot != nil else { continue }
            for check in [finding.detection.check] + finding.detection.also {
                firing[check, default: []].insert(finding.node)
            }
        }
        for (check, count) in counts { state.outcomes[check, default: OutcomeCount()].finding += count }
        for (check, nodes) in observations(state) {
            for (node, isGap) in nodes where firing[check]?.contains(node) != true {
                if isGap {
                    state.outcomes[check, default: OutcomeCount()].unobserved += 1
                } else {
                    state.outcomes[check, default: OutcomeCount()].healthy += 1
                }
            }
        }
    }

    /// By check and node, whether any of its sources did not observe it there. On a node a check has one outcome: a
    /// finding, else a gap of any of its sources, else healthy.
    private func observations(_ state: EvaluatedState) -> [String: [String: Bool]] {
        var gaps: [String: [String: Bool]] = [:]
        let known = Set(state.agents.map(\.name))
        for entry in inputs.snapshot?.observations ?? []
        where known.contains(entry.node) && entry.observation.check != "agent"
            && inputs.settings.isEnabled(entry.observation.check)
        {
            let isGap = state.silent.contains(entry.node) || entry.observation.outcome == .unobserved
            gaps[entry.observation.check, default: [:]][entry.node, default: false] =
                isGap || gaps[entry.observation.check]?[entry.node] ?? false
        }
        return gaps
    }
}
