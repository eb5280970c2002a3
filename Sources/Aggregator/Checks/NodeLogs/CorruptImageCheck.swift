import ClusterIndex
import Findings
import KubernetesAPI

struct CorruptImageCheck: EventCheck {
    let id = "NodeCorruptDockerImage"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.events]

    let claims = [
        EventClaim(reasons: ["CorruptDockerImage"], kinds: ["Node"]),
        EventClaim(
            pattern:
                #"failed to register layer: rename \S+/image/\S+ \S+/image/\S+: directory not empty|unexpected commit digest sha256:"#,
            readsContainers: true),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(view)
    }
}
