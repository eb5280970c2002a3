import Shared

struct NodeNotReadyCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeNotReady", table: .nodes, severity: .fatal,
        title: .init(
            "kubelet cannot start ContainerManager (systemd too old)",
            "无法启动ContainerManager无法设置属性TasksAccounting或未知属性"),
        why: .init(
            "systemd on the node does not know a property that the kubelet sets, so the kubelet never gets ready.",
            "节点上的 systemd 不认识 kubelet 设置的属性，kubelet 无法就绪。"),
        trigger: .init(
            "The kubelet logs 'Failed to start ContainerManager' with TasksAccounting or an unknown property; fatal when Ready is not True.",
            "kubelet 日志出现 Failed to start ContainerManager 且提到 TasksAccounting 或未知属性；Ready 不为 True 时为 fatal。"),
        remedy: .init(
            "Update systemd and restart the kubelet (kubernetes issue 76820).",
            "升级 systemd 并重启 kubelet（kubernetes #76820）。"),
        needs: [.nodes], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady("NodeNotReady", .fatal, view)
    }
}
