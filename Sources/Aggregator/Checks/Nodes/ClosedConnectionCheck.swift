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
        let since = ready.transition ?? view.now(.nodes).time
        return view.agents.findings(id, at: node.name).contains { finding in
            let age = view.machineTime.seconds(since: finding.last)
            return abs(finding.last.seconds(since: since)) <= Self.closeSeconds
                || age <= Self.closeSeconds && age >= -Self.closeSeconds
        }
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady(view)
    }
}
