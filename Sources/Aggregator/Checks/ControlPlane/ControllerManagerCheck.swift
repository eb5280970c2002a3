import Shared

struct ControllerManagerCheck: ClusterCheck {
    let description = CheckDescription(
        id: "ControllerManagerHealthStatus", table: .components, severity: .fatal,
        title: .init("kube-controller-manager is up and leading", "如果kubernetes kube-controller-manager正常启动并运行"),
        why: .init(
            "Without it nothing is created, scaled, replaced or cleaned up; nodes that die keep their pods.",
            "没有它就无法创建、伸缩、替换或清理对象，故障节点上的 Pod 也不会迁移。"),
        trigger: .init(
            "Its Lease was not renewed for max(60 s, twice its duration); or every replica is unready. One replica failing while another leads: danger.",
            "租约超过 max(60 秒, 两倍租期) 未续；或所有副本未就绪。有主但某副本失败为 danger。"),
        remedy: .init(
            "Read the last holder's log, check its certificate and its way to the API server.",
            "查看最后持有者的日志，检查其证书及到 API server 的网络。"),
        needs: [.leases], alsoReads: [.pods, .componentstatuses, .deployments, .readyz], usesAgents: true,
        thresholds: [.init(name: "seconds", value: 60, meaning: .init("age of the Lease", "租约未续时长"))])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        LeaderHealth(lease: "kube-controller-manager", object: "controller-manager", description: description) { view in
            let now = view.now(.deployments)
            let waiting = view.index.deployments.records.first {
                $0.generation > $0.observedGeneration
                    && $0.metadata.created.map { now.seconds(since: $0) > 120 } ?? false
            }
            return waiting.map { "Deployment \($0.namespace)/\($0.name) waits to be seen" }
        }.evaluate(view, &out)
    }
}
