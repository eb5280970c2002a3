import Findings
import KubernetesAPI

struct NodeNotReadyCheck: ClusterCheck {
    let id = "NodeNotReady"
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady("NodeNotReady", .fatal, view)
    }
}
