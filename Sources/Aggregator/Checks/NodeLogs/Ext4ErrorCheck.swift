import ClusterIndex
import Findings
import KubernetesAPI

struct Ext4ErrorCheck: EventCheck {
    let id = "NodeExt4Error"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.events]

    let claims = [
        EventClaim(reasons: ["Ext4Error"], kinds: ["Node"]),
        EventClaim(pattern: #"EXT4-fs error \(device [^)]+\)"#, kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(view)
    }
}
