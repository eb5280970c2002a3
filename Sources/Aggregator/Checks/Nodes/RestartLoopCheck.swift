import ClusterIndex
import Findings
import KubernetesAPI

struct RestartLoopCheck: EventCheck {
    let id = "UnitRestartLoop"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.events]

    /// node-problem-detector's events have the types of its conditions as their reasons.
    var claims: [EventClaim] { [EventClaim(reasons: judgedTypes, kinds: ["Node"])] }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
        for event in view.warnings(of: id) {
            out.event(out.entry.severity, event, .node(event.involved.name), node: event.involved.name, view)
        }
    }
}
