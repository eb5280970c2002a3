import Shared

struct VersionSkewCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeVersionSkew", table: .nodes, severity: .danger,
        title: .init("kubelet and API server versions fit together", "kubelet 与 API server 版本匹配"),
        why: .init(
            "Kubernetes supports kubelets that are up to three minors older than the API server (two before 1.28), never newer ones.",
            "Kubernetes 只支持比 API server 旧至多三个次版本（1.28 之前为两个）的 kubelet，不支持更新的。"),
        trigger: .init(
            "The kubelet is newer than the API server (danger), or more than three minors older (two when the server is older than 1.28).",
            "kubelet 比 API server 新（danger），或旧超过三个次版本（API server 低于 1.28 时为两个）。"),
        remedy: .init(
            "Upgrade the node's kubelet, or the API server first when it is the older one.",
            "升级该节点的 kubelet；若 API server 更旧则先升级它。"),
        needs: [.nodes, .version])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard let server = KubernetesVersion(view.index.serverVersion) else {
            if view.isComplete(.version) { out.unobserved(.malformed, "the server's version cannot be read") }
            return
        }
        let most = server < KubernetesVersion(1, 28) ? 2 : 3
        for node in view.index.nodes.records {
            guard let kubelet = KubernetesVersion(node.kubelet) else {
                out.unobserved(.malformed, scope: node.name, "the kubelet's version cannot be read")
                continue
            }
            if kubelet > server {
                out.state(
                    .danger, node.reference, node: node.name,
                    "kubelet \(node.kubelet) is newer than the API server \(view.index.serverVersion)")
            } else if server.major == kubelet.major, server.minor - kubelet.minor > most {
                out.state(
                    .warning, node.reference, node: node.name,
                    "kubelet \(node.kubelet) is more than \(most) minors older than the API server \(view.index.serverVersion)"
                )
            } else {
                out.healthy()
            }
        }
    }
}
