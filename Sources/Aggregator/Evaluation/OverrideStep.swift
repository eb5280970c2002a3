import CheckModel
import Checks
import ClusterIndex
import Findings

/// Applies overrides: changes severities, notes acknowledgements, sets silenced findings apart.
struct OverrideStep {
    private let inputs: EvaluationInputs
    private let view: ClusterView

    init(_ inputs: EvaluationInputs, _ view: ClusterView) {
        self.inputs = inputs
        self.view = view
    }

    /// Puts each finding into the part's `findings` or `silenced`.
    func sort(_ joined: [EvaluatedFinding.Content], into result: inout PartitionResult) {
        let entries = inputs.settings.overrides.entries
        guard !entries.isEmpty else {
            result.findings = joined.map { EvaluatedFinding($0) }
            return
        }
        for var finding in joined {
            if apply(entries, to: &finding) {
                result.silenced.append(EvaluatedFinding(finding))
            } else {
                result.findings.append(EvaluatedFinding(finding))
            }
        }
    }

    /// - Returns: whether the finding is silenced.
    private func apply(_ entries: [OverrideSet.Entry], to finding: inout EvaluatedFinding.Content) -> Bool {
        let object = finding.detection.object
        let byOwner = OverrideTarget(
            check: finding.detection.check, rule: finding.detection.rule, node: finding.node,
            nodeLabels: view.index.nodes[finding.node]?.labels ?? [:],
            namespace: object.namespace, name: finding.owner?.name ?? object.name, findingID: finding.id)
        // By the object's name as well as its workload's.
        var byName = byOwner
        byName.name = object.name
        let matching = entries.filter { $0.matches(byOwner) || $0.matches(byName) }
        if let severity = matching.last(where: { $0.severity != nil })?.severity {
            finding.detection.severity = severity
        }
        if let acknowledgement = matching.last(where: \.isAcknowledged) {
            finding.acknowledgedBy = acknowledgement.by.isEmpty ? "someone" : acknowledgement.by
        }
        return matching.contains(where: \.isIgnored)
    }
}
