import ClusterIndex
import Findings
import KubernetesAPI

struct CorruptOverlayCheck: EventCheck {
    let id = "NodeCorruptOverlay2"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.events]
    let alsoReads: [ClusterKind] = [.nodes]

    let claims = [
        EventClaim(reasons: ["CorruptDockerOverlay2"], kinds: ["Node"]),
        EventClaim(
            pattern:
                #"readlink \S*/(?:overlay2|io\.containerd\.snapshotter\.v1\.overlayfs)\S*: invalid argument|prior storage driver overlay2? failed"#
        ),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
        out.nodeEvents(view)
    }
}
