import Shared

struct KernelOopsCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeKernelOops", table: .events, severity: .danger,
        title: .init("no kernel fault", "内核未发生 Oops"),
        why: .init(
            "The kernel killed a task of its own in the middle of its work; what that task held may be lost.",
            "内核终止了自身的任务，其占用的资源可能无法释放。"),
        trigger: .init(
            "An event KernelOops, or an oops or BUG in the kernel log.",
            "出现 KernelOops 事件，或内核日志中有 Oops、BUG。"),
        remedy: .init(
            "Save the trace, drain and reboot the node, update the kernel or the driver that the trace names.",
            "保存调用栈，排空并重启节点，升级内核或相关驱动。"),
        needs: [.events], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["KernelOops", "KernelPanic"], kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(.danger, view)
    }
}
