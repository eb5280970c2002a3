import ClusterIndex
import Findings
import KubernetesAPI

struct RuntimeHungCheck: EventCheck {
    let id = "NodeDockerHung"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.events]

    let claims = [
        EventClaim(reasons: ["DockerHung", "ContainerdHung"], kinds: ["Node"]),
        EventClaim(
            pattern:
                #"task (?:dockerd?|docker-containe\S*|cri-dockerd|containerd|containerd-shim\S*|crio|conmon|runc(?::\[\d:\w+\])?):\d+ blocked (?:in I/O wait )?for more than \d+ seconds"#,
            kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(view)
    }
}
