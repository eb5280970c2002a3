import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct UnregisterNetDeviceCheck: EventCheck {
    let id = "NodeUnregisterNetDevice"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.events]
    let alsoReads: [ClusterKind] = [.nodes]

    let claims = [
        EventClaim(reasons: ["UnregisterNetDevice"], kinds: ["Node"]),
        EventClaim(
            pattern: #"unregister_netdevice: waiting for \S+ to become free\. Usage count = -?\d+"#, kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
        let counts = view.warnings(of: id).reduce(into: [String: Int]()) { counts, event in
            if view.now(.events).seconds(since: event.last) <= 1200 {
                counts[event.involved.name, default: 0] += event.count
            }
        }
        let worst = out.entry.severity
        out.nodeEvents(view) { node in (counts[node] ?? 0) >= 3 ? worst : .warning }
    }
}
