import ClusterIndex
import Findings
import KubernetesAPI

struct NodeMemoryCheck: EventCheck {
    let id = "NodeMemory"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.events]

    let claims = [
        EventClaim(
            reasons: ["EvictionThresholdMet"], pattern: #"(?i)reclaim memory|memory\.available|\bmemory\b"#,
            kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
        for event in view.warnings(of: id) {
            out.event(.warning, event, .node(event.involved.name), node: event.involved.name, view)
        }
    }
}
