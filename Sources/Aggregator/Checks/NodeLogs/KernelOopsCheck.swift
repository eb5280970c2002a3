import ClusterIndex
import Findings
import KubernetesAPI

struct KernelOopsCheck: EventCheck {
    let id = "NodeKernelOops"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.events]

    let claims = [
        EventClaim(reasons: ["KernelOops", "KernelPanic"], kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(view)
    }
}
