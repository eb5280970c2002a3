import ClusterIndex
import Findings
import KubernetesAPI

struct HardwareConditionCheck: ClusterCheck {
    let id = "NodeHardwareError"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
    }
}
