import ClusterIndex
import Findings
import KubernetesAPI

struct NetworkReadyCheck: ClusterCheck {
    let id = "CNINotReady"
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for node in view.index.nodes.records where node.ready?.status == "True" {
            if let condition = node.conditions["NetworkUnavailable"], condition.status == "True" {
                out.condition(.fatal, node, condition, view)
            } else {
                out.healthy()
            }
        }
        out.notReady(id, .fatal, view)
    }
}
