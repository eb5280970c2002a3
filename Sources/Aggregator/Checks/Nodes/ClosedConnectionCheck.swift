import Findings
import KubernetesAPI

struct ClosedConnectionCheck: ClusterCheck {
    let id = "NodeNotReadyAndUseOfClosedNetworkConnection"
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady(id, .fatal, view)
    }
}
