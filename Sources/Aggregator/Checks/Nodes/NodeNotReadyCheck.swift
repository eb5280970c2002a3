import ClusterIndex
import Findings
import KubernetesAPI

struct NodeNotReadyCheck: NotReadyCause {
    let id = "NodeNotReady"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]

    func explains(_ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView) -> Bool {
        !view.agents.findings(id, at: node.name).isEmpty
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady(view)
    }
}
