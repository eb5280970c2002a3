import CheckModel
import ClusterIndex
import Findings
import KubernetesAPI
import Platform
import Regex

/// Why a node is not ready: one check leads, the others that hold as well go to its `also` (CHECKS.md §2).
package struct NotReadyVerdict: Sendable, Equatable {
    package var primary: String
    package var also: [String]

    /// Most specific first.
    static let order = Catalogue.builtIn.notReadyOrder

    static let runtimePattern = LazyRegex(
        #"(?i)container runtime (?:is down|not ready: RuntimeReady=false)|DockerDaemonNotReady|Cannot connect to the Docker daemon"#
    )
    static let networkPattern = LazyRegex(#"NetworkReady=false|cni plugin not initialized|NetworkPluginNotReady"#)

    /// Of all nodes whose Ready condition is there and not True.
    static func all(_ view: ClusterView) -> [String: NotReadyVerdict] {
        var verdicts: [String: NotReadyVerdict] = [:]
        for node in view.index.nodes.records {
            guard let ready = node.ready, ready.status != "True" else { continue }
            let holding = order.filter { holds($0, node, ready, view) }
            verdicts[node.name] = NotReadyVerdict(
                primary: holding.first ?? "KubeletHealthStatus", also: Array(holding.dropFirst()))
        }
        return verdicts
    }

    private static func holds(
        _ check: String, _ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView
    ) -> Bool {
        switch check {
        case "NodeDown": return isDown(node, ready, view)
        case "NodeNotReady": return !view.agents.findings("NodeNotReady", at: node.name).isEmpty
        case "NodeNotReadyAndUseOfClosedNetworkConnection":
            let since = ready.transition ?? view.now(.nodes)
            return view.agents.findings(check, at: node.name).contains {
                abs($0.last.seconds(since: since)) <= CheckTimes.closedConnectionSeconds
                    || abs(view.clock.seconds(since: $0.last)) <= CheckTimes.closedConnectionSeconds
            }
        case "DockerHealthStatus":
            return matches(runtimePattern, ready.message) || matches(runtimePattern, ready.reason)
                || !view.agents.findings("DockerHealthStatus", at: node.name).isEmpty
        case "CNINotReady":
            return matches(networkPattern, ready.message)
                || node.conditions["NetworkUnavailable"]?.status == "True"
                || !view.agents.findings("CNINotReady", at: node.name).isEmpty
        default: return true
        }
    }

    static func matches(_ regex: LazyRegex, _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return regex.compiled?.matches(bytes.span) ?? false
    }

    /// The kubelet's lease is old too, and the agent, which reported before, is silent.
    static func isDown(_ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView) -> Bool {
        guard ready.status == "Unknown", let silence = view.agents.silence(node.name),
            silence > CheckTimes.reportingSeconds
        else { return false }
        guard view.isComplete(.leases) else { return true }
        guard let renewed = view.index.leases["kube-node-lease", node.name]?.renewed else { return true }
        return view.now(.leases).seconds(since: renewed) > CheckTimes.leaseSeconds
    }
}

extension CheckOutput {
    /// The row of a node that is not ready, when this check leads there.
    mutating func notReady(
        _ check: String, _ severity: Severity, _ view: ClusterView, suffix: (NodeRecord) -> String = { _ in "" }
    ) {
        for node in view.index.nodes.records {
            guard let ready = node.ready, ready.status != "True", let verdict = view.notReady[node.name],
                verdict.primary == check
            else { continue }
            let message = ready.message.isEmpty ? "Ready is \(ready.status)" : ready.message
            state(
                view.severity(severity, at: node), node.reference, node: node.name, reason: ready.reason,
                message + suffix(node), since: ready.transition, seen: ready.heartbeat ?? view.now(.nodes),
                also: verdict.also, source: "condition:Ready")
        }
    }
}
