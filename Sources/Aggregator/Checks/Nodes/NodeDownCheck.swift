import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct NodeDownCheck: ClusterCheck {
    let id = "NodeDown"
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.leases]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.notReady(id, .fatal, view) { node in
            guard let silence = view.agents.silence(node.name) else { return "" }
            return " (agent silent for \(GoDuration.brief(silence)) too)"
        }
        out.healthy(view.index.nodes.records.count { view.agents.isReporting($0.name) })
    }
}
