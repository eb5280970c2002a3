import Shared

struct EtcdSpaceCheck: ClusterCheck {
    /// etcd's own default (etcd.io/docs, `--quota-backend-bytes`): 2 GiB.
    static let defaultQuotaBytes = 2_147_483_648.0

    let description = CheckDescription(
        id: "EtcdSpace", table: .components, severity: .fatal,
        title: .init("etcd has room", "etcd 空间充足"),
        why: .init(
            "At its quota etcd refuses all writes; the cluster is read-only until it is compacted and defragmented.",
            "达到配额后 etcd 拒绝所有写入，需压缩并整理后才能恢复。"),
        trigger: .init(
            "The database is over 80 % of its quota; 'mvcc: database space exceeded' in a log: fatal.",
            "数据库超过配额的 80%；日志出现 mvcc: database space exceeded 为 fatal。"),
        remedy: .init(
            "etcdctl compact, then defrag member by member, then alarm disarm; find what writes so much (events, leases, CRDs).",
            "etcdctl compact，逐个成员 defrag，再 alarm disarm；查找大量写入的来源。"),
        needs: [.metrics], alsoReads: [.pods], usesAgents: true,
        thresholds: [.init(name: "percent", value: 80, meaning: .init("percent of the quota", "配额百分比"))])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.metrics) else { return }
        guard let size = view.index.metrics.databaseBytes else {
            return out.unobserved(.notExposed, "the API server's metrics tell no database size")
        }
        let pods = view.index.pods.records.filter {
            $0.namespace == "kube-system" && $0.labels.labels["component"] == "etcd"
        }
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
        if percent > view.threshold(description, "percent") {
            out.state(
                .danger, ObjectReference(kind: "Component", name: "etcd"), reason: "NearQuota",
                "database \(Int(size / 1_048_576)) MiB, \(Int(percent)) % of its quota of \(Int(quota / 1_048_576)) MiB",
                source: "metrics")
        } else {
            out.healthy()
        }
    }
}
