import ClusterIndex
import Findings

/// Mistakes in node-problem-detector's own ConfigMap; those of rule files on nodes come from their agents.
struct RuleFileCheck: ClusterCheck {
    let id = "RuleFileInvalid"
    let scopes: ClusterScope.Kinds = .controlPlane

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard let problems = view.aggregator.ruleProblems else { return }
        if problems.isEmpty { out.healthy() }
        let map = ObjectReference(kind: "ConfigMap", namespace: "kube-system", name: "node-problem-detector-config")
        for (key, problem) in problems.sorted(by: { $0.key < $1.key }) {
            out.state(out.entry.severity, map, subject: key, problem)
        }
    }
}
