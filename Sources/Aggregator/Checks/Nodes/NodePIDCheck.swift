import Shared

struct NodePIDCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodePIDExhaustion", table: .nodes, severity: .danger,
        title: .init("the node has process ids left", "节点进程号充足"),
        why: .init(
            "Without free process ids nothing can fork: probes, runtimes and logins fail at once.",
            "进程号耗尽后无法创建任何进程，探针、运行时和登录都会失败。"),
        trigger: .init(
            "PIDPressure is True; on the node: tasks over 90 % of pid_max.", "PIDPressure 为 True；或任务数超过 pid_max 的 90%。"),
        remedy: .init(
            "Find what forks (ps -eLf | awk '{print $1}' | sort | uniq -c), set podPidsLimit in the kubelet's configuration.",
            "查找大量创建进程的程序，在 kubelet 配置中设置 podPidsLimit。"),
        needs: [.nodes], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) { out.conditions("PIDPressure", .danger, view) }
}
