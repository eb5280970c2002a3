import ClusterIndex
import Findings
import KubernetesAPI

struct NullPointerCheck: EventCheck {
    let id = "NodeKernelNULLPointer"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.events]
    let alsoReads: [ClusterKind] = [.nodes]

    let claims = [
        EventClaim(
            pattern:
                #"[Uu]nable to handle kernel NULL pointer dereference|BUG: kernel NULL pointer dereference, address:"#,
            kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let worst = out.entry.severity
        out.nodeEvents(view) { node in view.notReady(node) != nil ? worst : .danger }
    }
}
