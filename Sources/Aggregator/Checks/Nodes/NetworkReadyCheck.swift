import ClusterIndex
import Findings
import KubernetesAPI
import Regex

struct NetworkReadyCheck: NotReadyCause {
    let id = "CNINotReady"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]

    private static let pattern = LazyRegex(#"NetworkReady=false|cni plugin not initialized|NetworkPluginNotReady"#)

    func explains(_ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView) -> Bool {
        Self.pattern.matches(ready.message)
            || judgedConditions.contains { node.conditions[$0.type]?.status == $0.badStatus }
            || !view.agents.findings(id, at: node.name).isEmpty
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for node in view.nodes where node.ready?.status == "True" {
            if let condition = out.badCondition(of: node) {
                out.condition(node, condition, view)
            } else {
                out.healthy()
            }
        }
        out.notReady(view)
    }
}
