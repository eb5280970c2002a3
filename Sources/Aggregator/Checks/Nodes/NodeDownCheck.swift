import CheckModel
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct NodeDownCheck: NotReadyCause {
    let id = "NodeDown"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.leases]

    /// The kubelet's lease is old too, and the agent, which reported before, is silent.
    func explains(_ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView) -> Bool {
        guard ready.status == "Unknown", let silence = view.agents.silence(node.name),
            silence > CheckTimes.reportingSeconds
        else { return false }
        guard let renewed = view.index.leases["kube-node-lease", node.name]?.renewed else {
            return view.isComplete(.leases, in: "kube-node-lease")
        }
        return view.now(.leases).seconds(since: renewed) > CheckTimes.leaseSeconds
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady(view) { node in
            guard let silence = view.agents.silence(node.name) else { return "" }
            return " (agent silent for \(GoDuration.brief(silence)) too)"
        }
        out.healthy(view.nodes.count { view.agents.isReporting($0.name) })
        findMissing(view, &out)
    }

    /// Machines that work on though their Node object was deleted.
    private func findMissing(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.nodes), view.index.nodes.count > 0 else { return }
        for name in view.agentNames where view.index.nodes[name] == nil && view.agents.isReporting(name) {
            let pods = view.pods.count { $0.node == name && !$0.isFinished }
            let bound = pods == 0 ? "" : "; \(counted(pods, "pod")) \(pods == 1 ? "is" : "are") bound to it"
            out.state(
                .danger, .node(name), node: name, reason: "NodeMissing",
                "an agent reports from this node, which has no Node object\(bound)",
                source: "aggregator")
        }
    }
}
