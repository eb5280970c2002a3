import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct ClosedConnectionCheck: NotReadyCause {
    let id = "NodeNotReadyAndUseOfClosedNetworkConnection"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]

    /// An agent's line this close to the change of a node's Ready condition explains it.
    private static let closeSeconds = 5 * Seconds.perMinute

    func explains(_ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView) -> Bool {
        let since = ready.transition ?? view.now(.nodes)
        return view.agents.findings(id, at: node.name).contains {
            abs($0.last.seconds(since: since)) <= Self.closeSeconds
                || abs(view.clock.seconds(since: $0.last)) <= Self.closeSeconds
        }
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady(view)
    }
}
