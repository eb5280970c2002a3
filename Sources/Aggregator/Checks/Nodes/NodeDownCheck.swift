import Shared

struct NodeDownCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeDown", table: .nodes, severity: .fatal,
        title: .init("the node is reachable at all", "节点可达"),
        why: .init(
            "Kubelet, its lease and our agent are all silent: the machine or its network is gone.",
            "kubelet、租约和 agent 同时失联：机器或其网络已中断。"),
        trigger: .init(
            "Ready is Unknown, the node's Lease is older than 40 s, and the agent, heard before, is silent.",
            "Ready 为 Unknown、节点租约超过 40 秒未更新，且曾上报的 agent 失联。"),
        remedy: .init(
            "Look at the machine's console or the cloud's instance state; when it is gone for good, delete the Node so that its volumes are freed.",
            "查看机器控制台或云实例状态；若机器已不存在，删除该 Node 以释放其卷。"),
        needs: [.nodes], alsoReads: [.leases], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady(description.id, .fatal, view) { node in
            guard let silence = view.agents.silence(node.name) else { return "" }
            return " (agent silent for \(GoDuration.brief(silence)) too)"
        }
        out.healthy(view.index.nodes.records.count { view.agents.isHeard($0.name) })
    }
}
