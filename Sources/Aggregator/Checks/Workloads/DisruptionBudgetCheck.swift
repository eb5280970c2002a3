import ClusterIndex
import Findings
import KubernetesAPI

struct DisruptionBudgetCheck: ClusterCheck {
    let id = "PDBBlocksDrain"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.poddisruptionbudgets]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for budget in view.records(view.index.poddisruptionbudgets) {
            guard let allowed = budget.allowed else {
                out.unobserved(.warmingUp, scope: budget.namespace, "\(budget.name) has no status yet")
                continue
            }
            if let reason = budget.syncFailure {
                out.state(
                    .warning, budget.metadata.reference("PodDisruptionBudget"), reason: "SyncFailed",
                    "allows no disruption: the controller cannot work it out: \(reason.message)",
                    since: reason.transition)
            } else if allowed == 0, budget.expected > 0, budget.healthy >= budget.expected {
                out.state(
                    .warning, budget.metadata.reference("PodDisruptionBudget"),
                    "allows no disruption: \(budget.healthy) of \(budget.expected) pods healthy, \(budget.desiredHealthy) must be"
                )
            } else {
                out.healthy()
            }
        }
    }
}
