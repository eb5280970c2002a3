import Shared

struct EtcdCheck: ClusterCheck {
    let description = CheckDescription(
        id: "ETCDHealthStatus", table: .components, severity: .fatal,
        title: .init("etcd is up and serving", "如果 etcd 启动并正常运行"),
        why: .init(
            "Everything that the cluster knows lies in etcd; without a quorum nothing can be changed.",
            "集群的全部状态保存在 etcd 中，失去法定人数后无法做任何修改。"),
        trigger: .init(
            "An etcd line of /readyz fails, or fewer members than a quorum are healthy. One member unready for more than 60 s: danger.",
            "/readyz 中 etcd 行失败，或健康成员少于法定人数。单个成员未就绪超过 60 秒为 danger。"),
        remedy: .init(
            "Read its log; check disk latency and space, peer certificates and port 2380. Restore the quorum first.",
            "查看其日志；检查磁盘延迟与空间、对等证书和 2380 端口。先恢复法定人数。"),
        alsoReads: [.readyz, .pods, .componentstatuses], usesAgents: true,
        thresholds: [.init(name: "seconds", value: 60, meaning: .init("time a member is unready", "成员未就绪时长"))])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        var isObserved = false
        for line in view.index.readyz?.lines ?? [] where line.name == "etcd" || line.name == "etcd-readiness" {
            guard let isGood = line.isGood else { continue }
            isObserved = true
            if isGood {
                out.healthy()
            } else {
                out.state(
                    .fatal, ObjectReference(kind: "Component", name: "etcd"), reason: "NotReady", line.text,
                    source: "readyz")
            }
        }
        isObserved = judgeMembers(view, &out) || isObserved
        for status in view.index.componentstatuses.records where status.name.hasPrefix("etcd") {
            isObserved = true
            out.componentStatus(status, ObjectReference(kind: "Component", name: status.name))
        }
        if isObserved { return }
        if let problem = view.index.states[.readyz]?.problem {
            out.unobserved(problem.unobservedReason, problem.brief)
        } else if view.index.readyz != nil {
            out.unobserved(.notExposed, "/readyz excludes etcd, and no pod of it is visible")
        } else {
            out.unobserved(.notExposed, "no etcd line of /readyz, pod or component status")
        }
    }

    /// - Returns: whether there is a member to judge.
    private func judgeMembers(_ view: ClusterView, _ out: inout CheckOutput) -> Bool {
        let pods = view.index.pods.records.filter {
            $0.namespace == "kube-system" && $0.labels.labels["component"] == "etcd"
        }
        if pods.isEmpty { return false }
        let now = view.now(.pods)
        let sick = pods.filter { !$0.isReady }.sorted { $0.name < $1.name }
        let quorum = pods.count / 2 + 1
        if pods.count - sick.count < quorum {
            let names = sick.map(\.name).joined(separator: ", ")
            out.state(
                .fatal, ObjectReference(kind: "Component", name: "etcd"), reason: "NoQuorum",
                "\(pods.count - sick.count) of \(pods.count) members ready, \(quorum) are needed; not ready: \(names)",
                since: sick.compactMap { $0.ready?.transition }.max())
            return true
        }
        for pod in sick {
            let since = pod.ready?.transition ?? now
            if now.seconds(since: since) > view.threshold(description, "seconds") {
                out.state(
                    .danger, ObjectReference(kind: "Component", name: "etcd-\(pod.node)"), node: pod.node,
                    reason: "MemberNotReady",
                    "member \(pod.name) is not ready for \(GoDuration.brief(now.seconds(since: since))); the quorum holds",
                    since: since)
            }
        }
        out.healthy(pods.count - sick.count)
        return true
    }
}
