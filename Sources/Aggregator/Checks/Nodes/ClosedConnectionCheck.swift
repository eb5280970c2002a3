import Shared

struct ClosedConnectionCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeNotReadyAndUseOfClosedNetworkConnection", table: .nodes, severity: .fatal,
        title: .init("kubelet stuck on a dead API connection", "http2-max-streams-per-connection"),
        why: .init(
            "The kubelet keeps using an HTTP/2 connection that is dead, so its node goes NotReady although the network is sound.",
            "kubelet 一直使用已断开的 HTTP/2 连接，网络正常但节点变为 NotReady。"),
        trigger: .init(
            "The kubelet logs 'use of closed network connection' within 5 min of Ready not being True.",
            "kubelet 日志出现 use of closed network connection，且 5 分钟内 Ready 不为 True。"),
        remedy: .init(
            "Restart the kubelet; upgrade Kubernetes (issue 87615); with more than 250 watches set --http2-max-streams-per-connection=1000 on kube-apiserver (issue 74302).",
            "重启 kubelet；升级 Kubernetes（#87615）；watch 超过 250 个时为 kube-apiserver 设置 --http2-max-streams-per-connection=1000（#74302）。"
        ),
        needs: [.nodes], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady(description.id, .fatal, view)
    }
}
