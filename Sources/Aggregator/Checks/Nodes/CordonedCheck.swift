import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct CordonedCheck: ClusterCheck {
    let id = "NodeCordonedLong"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for node in view.nodes {
            let limit = view.threshold(id, "hours", node: node) * Seconds.perHour
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
