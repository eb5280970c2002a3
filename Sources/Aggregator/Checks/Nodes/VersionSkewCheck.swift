import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct VersionSkewCheck: ClusterCheck {
    let id = "NodeVersionSkew"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes, .version]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard let server = KubernetesVersion(view.index.serverVersion) else {
            if view.isComplete(.version) { out.unobserved(.malformed, "the server's version cannot be read") }
            return
        }
        let most = server < KubernetesVersion(1, 28) ? 2 : 3
        for node in view.nodes {
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
                    "kubelet \(node.kubelet) is more than \(counted(most, "minor")) older than the API server \(view.index.serverVersion)"
                )
            } else {
                out.healthy()
            }
        }
    }
}
