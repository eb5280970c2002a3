import ClusterIndex
import Findings
import KubernetesAPI

struct NodeDeadlockCheck: ClusterCheck {
    let id = "NodeDeadlock"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
    }
}
