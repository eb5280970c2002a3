import Findings
import KubernetesAPI

struct NodePIDCheck: ClusterCheck {
    let id = "NodePIDExhaustion"
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) { out.conditions(view) }
}
