import Shared

struct NodeDeadlockCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeDeadlock", table: .nodes, severity: .danger,
        title: .init("tasks wait for each other", "死锁是指两个或两个以上的进程在争夺资源时互相等待的现象。"),
        why: .init(
            "Tasks that hold what the others want never go on; the node slowly stops.", "互相等待的任务永远无法继续，节点会逐渐停摆。"),
        trigger: .init(
            "KernelDeadlock is True; on the node: a cycle of blocked tasks in the kernel log, a hung runtime or AUFS unmount.",
            "KernelDeadlock 为 True；或内核日志中出现任务等待环、运行时挂起、AUFS 卸载挂起。"),
        remedy: .init("Drain and reboot the node; save the hung-task traces.", "排空并重启节点，保留 hung task 日志。"),
        needs: [.nodes], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions("KernelDeadlock", .danger, view, isOptional: true)
    }
}
