import Shared

struct KubeletHealthCheck: ClusterCheck {
    let description = CheckDescription(
        id: "KubeletHealthStatus", table: .nodes, severity: .fatal,
        title: .init("kubelet is active and reporting", "如果kubelet激活状态且正常运行"),
        why: .init(
            "Without its kubelet a node runs what it has and nothing else: no pod starts, stops or is probed there, and after five minutes its pods are evicted.",
            "kubelet 停止后节点无法启动、停止或探测 Pod，五分钟后其上的 Pod 会被驱逐。"),
        trigger: .init(
            "Ready is False or Unknown; or the kubelet's own /healthz fails three times while Ready is True (danger); or a node older than 5 min has no Ready condition (danger).",
            "Ready 为 False 或 Unknown；或 Ready 为 True 时 kubelet 的 /healthz 连续三次失败（danger）；或节点超过 5 分钟没有 Ready 状态（danger）。"),
        remedy: .init(
            "Read the kubelet's journal on the node (journalctl -u kubelet), then check its way to the API server, its client certificate and the clock.",
            "查看节点上 kubelet 的日志（journalctl -u kubelet），再检查到 API server 的网络、客户端证书和时钟。"),
        needs: [.nodes], alsoReads: [.leases], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for node in view.index.nodes.records {
            guard let ready = node.ready else {
                let age = node.metadata.created.map { view.now(.nodes).seconds(since: $0) } ?? 0
                if age > 300 {
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
            view.agents.isHeard(node.name) ? " (node reachable, kubelet is not)" : ""
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
