import CheckModel
package import ClusterIndex
import Findings
package import KubernetesAPI
import Platform

package struct AgentSilentCheck: ClusterCheck {
    package let id = "AgentSilent"
    package let scopes: ClusterScope.Kinds = .nodes
    package let alsoReads: [ClusterKind] = [.nodes, .daemonsets]

    package func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.agents.isPresent else { return }
        let knowsNodes = view.isComplete(.nodes)
        for name in view.agentNames {
            guard let silence = view.agents.silence(name), let last = view.agents.lastReport(name) else { continue }
            let node = view.index.nodes[name]
            // A node that left the cluster takes its agent with it.
            // One that was not read may have left, or be down itself.
            if node == nil, view.index.states[.nodes] != nil { continue }
            let limit = node.map { view.threshold(id, "seconds", node: $0) } ?? CheckTimes.reportingSeconds
            if silence <= limit {
                // That an agent fell silent is known of every node at once; a shorter limit is not.
                if limit < CheckTimes.reportingSeconds { view.deadlines.note(in: limit - silence) }
                out.healthy()
                continue
            }
            // With a kubelet that is silent as well it is NodeDown, or not the agent's fault.
            if let node, view.notReady(node.name) != nil { continue }
            let severity = node.map { view.severity(.warning, at: $0) } ?? .warning
            out.state(
                severity, node?.reference ?? .node(name), node: name,
                "no report from the agent for \(GoDuration.brief(view.agents.seconds(since: last)))", since: last,
                seen: last, source: "aggregator")
        }
        // Where an agent is to be expected its DaemonSet says.
        guard knowsNodes, view.agents.hasReports, view.isComplete(.daemonsets, in: Names.namespace) else { return }
        for node in view.nodes where view.agents.lastReport(node.name) == nil && view.runsAgent(node) {
            let now = view.now(.nodes), limit = CheckTimes.firstReportSeconds
            let isOld = now.seconds(since: node.metadata.created ?? now.time) > limit
            if view.upSeconds > limit, isOld, node.ready?.status == "True" {
                out.state(
                    view.severity(.warning, at: node), node.reference, node: node.name,
                    "the agent on this node has never reported", since: node.metadata.created, source: "aggregator")
            } else {
                out.unobserved(.warmingUp, scope: node.name, "no agent has reported yet")
            }
        }
    }
}
