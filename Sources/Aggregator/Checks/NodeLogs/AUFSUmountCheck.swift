import Shared

struct AUFSUmountCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeAUFSUmountHung", table: .events, severity: .danger,
        title: .init("AUFS can be unmounted", "检查存储"),
        why: .init(
            "Unmounting an AUFS layer waits for storage that does not answer; the runtime waits with it.",
            "卸载 AUFS 层时存储无响应，运行时随之卡住。"),
        trigger: .init(
            "An event AUFSUmountHung, or 'task umount.aufs:… blocked' in the kernel log.",
            "出现 AUFSUmountHung 事件，或内核日志 task umount.aufs:… blocked。"),
        remedy: .init(
            "Reboot the node; move to overlay2.",
            "重启节点；改用 overlay2。"),
        needs: [.events], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["AUFSUmountHung"], kinds: ["Node"]),
        EventClaim(
            pattern: #"task umount\.aufs:\d+ blocked (?:in I/O wait )?for more than \d+ seconds"#, kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(.danger, view, also: ["NodeTaskHung", "NodeDeadlock"])
    }
}
