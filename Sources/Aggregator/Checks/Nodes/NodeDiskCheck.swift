import ClusterIndex
import Findings
import KubernetesAPI

struct NodeDiskCheck: EventCheck {
    let id = "NodeDisk"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.events]

    let claims = [
        EventClaim(reasons: ["FreeDiskSpaceFailed", "ImageGCFailed", "NodeHasDiskPressure"], kinds: ["Node"]),
        EventClaim(
            reasons: ["EvictionThresholdMet"], pattern: #"(?i)ephemeral-storage|nodefs|imagefs|inodes"#, kinds: ["Node"]
        ),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
        for event in view.warnings(of: id) {
            out.event(.warning, event, .node(event.involved.name), node: event.involved.name, view)
        }
    }
}
