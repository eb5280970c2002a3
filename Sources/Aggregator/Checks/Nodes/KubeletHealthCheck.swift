import CheckModel
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct KubeletHealthCheck: ClusterCheck {
    let id = "KubeletHealthStatus"
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.leases]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for node in view.index.nodes.records {
            guard let ready = node.ready else {
                let age = node.metadata.created.map { view.now(.nodes).seconds(since: $0) } ?? 0
                if age > CheckTimes.firstReportSeconds {
                    out.state(
                        view.severity(.danger, at: node), node.reference, node: node.name,
                        "the node has no Ready condition", since: node.metadata.created)
                } else {
                    out.unobserved(.warmingUp, scope: node.name, "no Ready condition yet")
                }
                continue
            }
            if ready.status == "True" {
                if let unhealthy = node.conditions["KubeletUnhealthy"], unhealthy.status == "True" {
                    out.condition(.danger, node, unhealthy, view)
                } else {
                    out.healthy()
                }
            }
        }
        out.notReady("KubeletHealthStatus", .fatal, view) { node in
            view.agents.isReporting(node.name) ? " (node reachable, kubelet is not)" : ""
        }
    }
}

extension CheckOutput {
    /// A node condition that says something bad.
    mutating func condition(
        _ severity: Severity, _ node: NodeRecord, _ condition: ConditionRecord, _ view: ClusterView, also: [String] = []
    ) {
        state(
            view.severity(severity, at: node), node.reference, node: node.name,
            reason: condition.reason.isEmpty ? condition.type : condition.reason,
            condition.message.isEmpty ? "\(condition.type) is \(condition.status)" : condition.message,
            since: condition.transition, seen: condition.heartbeat ?? view.now(.nodes), also: also,
            source: "condition:\(condition.type)")
    }

    /// Judges one condition of every node by its type.
    /// - Parameter badStatus: what it says when things are bad.
    /// - Parameter isOptional: most nodes have no such condition, because another detector writes it.
    mutating func conditions(
        _ type: String, bad badStatus: String = "True", _ severity: Severity, _ view: ClusterView,
        isOptional: Bool = false, also: [String] = []
    ) {
        for node in view.index.nodes.records {
            guard let condition = node.conditions[type] else {
                if !isOptional { unobserved(.sourceMissing, scope: node.name, "no \(type) condition") }
                continue
            }
            if condition.status == badStatus {
                self.condition(severity, node, condition, view, also: also)
            } else if condition.status == "True" || condition.status == "False" {
                healthy()
            } else {
                unobserved(.stale, scope: node.name, "\(type) is \(condition.status)")
            }
        }
    }
}
