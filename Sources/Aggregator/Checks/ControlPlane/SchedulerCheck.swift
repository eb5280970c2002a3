import Shared

struct SchedulerCheck: ClusterCheck {
    let description = CheckDescription(
        id: "SchedulerHealthStatus", table: .components, severity: .fatal,
        title: .init("kube-scheduler is up and leading", "如果kubernetes kube-schedule正常启动并运行"),
        why: .init("Without it no new pod finds a node.", "没有它新的 Pod 无法被调度。"),
        trigger: .init(
            "Its Lease was not renewed for max(60 s, twice its duration); or every replica is unready. One replica failing while another leads: danger.",
            "租约超过 max(60 秒, 两倍租期) 未续；或所有副本未就绪。有主但某副本失败为 danger。"),
        remedy: .init(
            "Read the last holder's log, check its certificate and its way to the API server.",
            "查看最后持有者的日志，检查其证书及到 API server 的网络。"),
        needs: [.leases], alsoReads: [.pods, .componentstatuses, .readyz], usesAgents: true,
        thresholds: [.init(name: "seconds", value: 60, meaning: .init("age of the Lease", "租约未续时长"))])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        LeaderHealth(lease: "kube-scheduler", object: "scheduler", description: description) { view in
            let now = view.now(.pods)
            let waiting = view.index.pods.records.first {
                $0.node.isEmpty && $0.scheduled == nil && !$0.hasGates && $0.phase == "Pending"
                    && ($0.scheduler.isEmpty || $0.scheduler == "default-scheduler")
                    && $0.metadata.created.map { now.seconds(since: $0) > 120 } ?? false
            }
            return waiting.map { "pod \($0.namespace)/\($0.name) waits to be scheduled" }
        }.evaluate(view, &out)
    }
}
