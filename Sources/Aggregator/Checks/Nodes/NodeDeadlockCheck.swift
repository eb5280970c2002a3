import Findings
import KubernetesAPI

struct NodeDeadlockCheck: ClusterCheck {
    let id = "NodeDeadlock"
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
    }
}
