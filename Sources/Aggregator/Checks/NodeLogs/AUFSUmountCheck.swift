import ClusterIndex
import Findings
import KubernetesAPI

struct AUFSUmountCheck: EventCheck {
    let id = "NodeAUFSUmountHung"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.events]

    let claims = [
        EventClaim(reasons: ["AUFSUmountHung"], kinds: ["Node"]),
        EventClaim(
            pattern: #"task umount\.aufs:\d+ blocked (?:in I/O wait )?for more than \d+ seconds"#, kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(view)
    }
}
