import Shared

struct DisruptionBudgetCheck: ClusterCheck {
    let description = CheckDescription(
        id: "PDBBlocksDrain", table: .events, severity: .warning,
        title: .init("nodes can be drained", "PDB 不阻止节点排空"),
        why: .init(
            "A budget that allows nothing stops drains and upgrades of every node that its pods run on.",
            "不允许任何中断的 PDB 会阻止节点排空与升级。"),
        trigger: .init(
            "disruptionsAllowed is 0 although all expected pods are healthy.", "所有 Pod 健康但 disruptionsAllowed 为 0。"),
        remedy: .init("Add a replica, or lower minAvailable.", "增加副本，或降低 minAvailable。"),
        needs: [.poddisruptionbudgets])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for budget in view.index.poddisruptionbudgets.records {
            guard let allowed = budget.allowed else {
                out.unobserved(.warmingUp, scope: budget.namespace, "\(budget.name) has no status yet")
                continue
            }
            if allowed == 0, budget.expected > 0, budget.healthy >= budget.expected {
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
