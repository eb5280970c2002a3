import Shared

struct TaskHungCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeTaskHung", table: .events, severity: .warning,
        title: .init("no process in D state for more than 120 s", "检查D状态下是否有超过120s的进程"),
        why: .init(
            "A process in D state waits for a disk, a network file system or a lock and cannot be killed.",
            "D 状态的进程在等待磁盘、网络文件系统或锁，且无法被终止。"),
        trigger: .init(
            "An event TaskHung, or 'INFO: task … blocked for more than … seconds' in the kernel log; danger after 10 min.",
            "出现 TaskHung 事件，或内核日志 INFO: task … blocked for more than … seconds；超过 10 分钟为 danger。"),
        remedy: .init(
            "Read /proc/PID/stack on the node and check the disk or NFS server that it waits for.",
            "在节点上查看 /proc/PID/stack，检查其等待的磁盘或 NFS。"),
        needs: [.events], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["TaskHung"], kinds: ["Node"]),
        EventClaim(
            pattern: #"task .{1,64}?:\d+ blocked (?:in I/O wait )?for more than \d+ seconds\."#, kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(.warning, view)
    }
}
