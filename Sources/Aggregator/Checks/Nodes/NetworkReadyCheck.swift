import Shared

struct NetworkReadyCheck: ClusterCheck {
    let description = CheckDescription(
        id: "CNINotReady", table: .nodes, severity: .fatal,
        title: .init("the node's pod network is set up", "节点的 Pod 网络已就绪"),
        why: .init(
            "Without a CNI plug-in no pod of this node gets an address; new pods wait for ever.",
            "CNI 插件未就绪时，该节点上的新 Pod 无法获得地址。"),
        trigger: .init(
            "Ready is not True with NetworkReady=false or 'cni plugin not initialized'; or NetworkUnavailable is True.",
            "Ready 不为 True 且消息包含 NetworkReady=false 或 cni plugin not initialized；或 NetworkUnavailable 为 True。"),
        remedy: .init(
            "Look at the CNI's pod on that node (kubectl -n kube-system get pods -o wide) and at /etc/cni/net.d.",
            "查看该节点上 CNI 的 Pod 以及 /etc/cni/net.d。"),
        needs: [.nodes], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for node in view.index.nodes.records where node.ready?.status == "True" {
            if let condition = node.conditions["NetworkUnavailable"], condition.status == "True" {
                out.condition(.fatal, node, condition, view)
            } else {
                out.healthy()
            }
        }
        out.notReady(description.id, .fatal, view)
    }
}
