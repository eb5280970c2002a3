import ClusterIndex
import Findings

/// Mistakes in node-problem-detector's own ConfigMap; those of rule files on nodes come from their agents.
struct RuleFileCheck: ClusterCheck {
    let id = "RuleFileInvalid"

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let map = ObjectReference(kind: "ConfigMap", namespace: "kube-system", name: "node-problem-detector-config")
        for (key, problem) in view.index.ruleProblems.sorted(by: { $0.key < $1.key }) {
            out.state(.warning, map, subject: key, problem)
        }
    }
}
