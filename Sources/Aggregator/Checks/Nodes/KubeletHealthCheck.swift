import CheckModel
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct KubeletHealthCheck: NotReadyCause {
    let id = "KubeletHealthStatus"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.leases]

    /// Of a node that is not ready the kubelet is to blame where nothing else is known.
    func explains(_ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView) -> Bool { true }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for node in view.nodes {
            guard let ready = node.ready else {
                let now = view.now(.nodes)
                if now.seconds(since: node.metadata.created ?? now.time) > CheckTimes.firstReportSeconds {
                    out.state(
                        view.severity(.danger, at: node), node.reference, node: node.name,
                        "the node has no Ready condition", since: node.metadata.created)
                } else {
                    out.unobserved(.warmingUp, scope: node.name, "no Ready condition yet")
                }
                continue
            }
            if ready.status == "True" {
                if let unhealthy = out.badCondition(of: node) {
                    out.condition(node, unhealthy, view, severity: .danger)
                } else {
                    out.healthy()
                }
            }
        }
        out.notReady(view) { node in
            view.agents.isReporting(node.name) ? " (node reachable, kubelet is not)" : ""
        }
    }
}
