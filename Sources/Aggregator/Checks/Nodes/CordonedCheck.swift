import Shared

struct CordonedCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeCordonedLong", table: .nodes, severity: .info,
        title: .init("no node was forgotten in cordon", "没有长期停止调度的节点"),
        why: .init("A node that stays unschedulable is paid for and carries nothing new.", "长期不可调度的节点占用成本却不承载新负载。"),
        trigger: .init(
            "Unschedulable, or a node.kubernetes.io/* taint, for more than 24 h.",
            "节点不可调度或带有 node.kubernetes.io/* 污点超过 24 小时。"),
        remedy: .init(
            "kubectl uncordon NODE, or take the node out; `ke why node NODE` says who cordoned it.",
            "kubectl uncordon NODE，或移除该节点；`ke why node NODE` 可查看是谁停止了调度。"),
        needs: [.nodes], thresholds: [.init(name: "hours", value: 24, meaning: .init("time in cordon", "停止调度时长"))])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for node in view.index.nodes.records {
            let limit = view.threshold(description, "hours", node: node) * 3600
            let taints = node.taints.filter { $0.key.hasPrefix("node.kubernetes.io/") }
            let dated = taints.compactMap { taint in taint.added.map { (taint.key, $0) } }.min { $0.1 < $1.1 }
            guard node.unschedulable || !taints.isEmpty else {
                out.healthy()
                continue
            }
            guard let (key, since) = dated else {
                out.unobserved(.sourceMissing, scope: node.name, "the taint has no time")
                continue
            }
            let age = view.now(.nodes).seconds(since: since)
            if age > limit {
                out.state(
                    .info, node.reference, node: node.name, "\(key) for \(GoDuration.brief(age))", since: since)
            } else {
                out.healthy()
            }
        }
    }
}
