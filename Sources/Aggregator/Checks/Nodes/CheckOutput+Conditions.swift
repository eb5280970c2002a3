import ClusterIndex
import Findings
import KubernetesAPI

extension ClusterCheck {
    /// Node conditions that its entry says it judges.
    var judgedConditions: [JudgedCondition] { Catalogue.builtIn[id]?.judges ?? [] }
    var judgedTypes: [String] { judgedConditions.map(\.type) }
}

extension CheckOutput {
    /// A node condition that says something bad.
    /// - Parameter severity: nil: the entry's.
    mutating func condition(
        _ node: NodeRecord, _ condition: ConditionRecord, _ view: ClusterView, severity: Severity? = nil
    ) {
        state(
            view.severity(severity ?? entry.severity, at: node), node.reference, node: node.name,
            reason: condition.reason.isEmpty ? condition.type : condition.reason,
            condition.message.isEmpty ? "\(condition.type) is \(condition.status)" : condition.message,
            since: condition.transition, seen: condition.heartbeat ?? view.now(.nodes).time,
            source: "condition:\(condition.type)")
    }

    /// The first of the conditions that this check judges, in the entry's order, that is bad at a node.
    func badCondition(of node: NodeRecord) -> ConditionRecord? {
        entry.judges.lazy.compactMap { judged in
            node.conditions[judged.type].flatMap { $0.status == judged.badStatus ? $0 : nil }
        }.first
    }

    /// Judges the entry's conditions at every node. One that the kubelet does not write itself is another detector's,
    /// and most nodes lack it.
    mutating func conditions(_ view: ClusterView) {
        for judged in entry.judges {
            for node in view.nodes {
                guard let condition = node.conditions[judged.type] else {
                    if NodeRecord.kubeletConditions.contains(judged.type) {
                        unobserved(.sourceMissing, scope: node.name, "no \(judged.type) condition")
                    }
                    continue
                }
                if condition.status == judged.badStatus {
                    self.condition(node, condition, view)
                } else if condition.status == "True" || condition.status == "False" {
                    healthy()
                } else {
                    unobserved(.stale, scope: node.name, "\(judged.type) is \(condition.status)")
                }
            }
        }
    }
}
