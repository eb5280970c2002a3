import Shared

struct RuntimeHungCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeDockerHung", table: .events, severity: .danger,
        title: .init("the container runtime does not hang", "Docker hang住, 检查docker的日志"),
        why: .init(
            "A process of the runtime waits in the kernel; pods of the node can neither start nor end.",
            "运行时进程卡在内核中，节点上的 Pod 无法启动或停止。"),
        trigger: .init(
            "An event DockerHung, or 'task dockerd|containerd|runc…:… blocked' in the kernel log; on the node: the socket connects and is silent for 10 s, three times.",
            "出现 DockerHung 事件，或内核日志 task dockerd|containerd|runc…:… blocked；或节点上套接字可连接但三次静默 10 秒。"),
        remedy: .init(
            "Read the runtime's journal, check its disk, restart it; reboot the node if it stays in D state.",
            "查看运行时日志，检查磁盘并重启；若一直处于 D 状态则重启节点。"),
        needs: [.events], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["DockerHung", "ContainerdHung"], kinds: ["Node"]),
        EventClaim(
            pattern:
                #"task (?:dockerd?|docker-containe\S*|cri-dockerd|containerd|containerd-shim\S*|crio|conmon|runc(?::\[\d:\w+\])?):\d+ blocked (?:in I/O wait )?for more than \d+ seconds"#,
            kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(.danger, view, also: ["NodeTaskHung", "NodeDeadlock"])
    }
}
