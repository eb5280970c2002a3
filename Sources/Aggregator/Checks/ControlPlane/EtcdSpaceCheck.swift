import ClusterIndex
import Findings
import KubernetesAPI

struct EtcdSpaceCheck: ClusterCheck {
    /// etcd's own default (etcd.io/docs, `--quota-backend-bytes`): 2 GiB.
    static let defaultQuotaBytes = 2_147_483_648.0

    let id = "EtcdSpace"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.metrics]
    let alsoReads: [ClusterKind] = [.pods]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        // Its quota stands among its pods' arguments.
        guard view.isComplete(.metrics), view.isComplete(.pods, in: "kube-system") else { return }
        guard let size = view.index.metrics.databaseBytes else {
            return out.unobserved(.notExposed, "the API server's metrics contain no database size")
        }
        let pods = view.pods(in: "kube-system") { $0.labels.labels["component"] == "etcd" }
        guard !pods.isEmpty else {
            return out.unobserved(.notExposed, "etcd's quota is not known: no pod of it is visible")
        }
        let flag = "--quota-backend-bytes="
        let quotas = pods.flatMap(\.arguments).compactMap {
            $0.hasPrefix(flag) ? Double($0.dropFirst(flag.count)) : nil
        }
        let quota = quotas.min() ?? Self.defaultQuotaBytes
        guard quota > 0 else { return }
        let percent = size / quota * 100
        if percent > view.threshold(id, "percent") {
            out.state(
                .danger, ObjectReference(kind: "Component", name: "etcd"), reason: "NearQuota",
                "database \(Int(size / 1_048_576)) MiB, \(Int(percent)) % of its quota of \(Int(quota / 1_048_576)) MiB",
                source: "metrics")
        } else {
            out.healthy()
        }
    }
}
