import ClusterIndex
import Findings
import KubernetesAPI

struct TaskHungCheck: EventCheck {
    let id = "NodeTaskHung"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.events]

    let claims = [
        EventClaim(reasons: ["TaskHung"], kinds: ["Node"]),
        EventClaim(
            pattern: #"task .{1,64}?:\d+ blocked (?:in I/O wait )?for more than \d+ seconds\."#, kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(view)
    }
}
