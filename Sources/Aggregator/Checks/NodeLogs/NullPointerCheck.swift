import Shared

struct NullPointerCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeKernelNULLPointer", table: .events, severity: .fatal,
        title: .init("no kernel NULL pointer dereference (the node may go NotReady)", "node 显示NotReady"),
        why: .init(
            "After such a fault the kernel goes on with a task killed in the middle of its work; locks may stay taken until the node is rebooted.",
            "发生该错误后内核任务被中途终止，锁可能一直被占用，直到重启节点。"),
        trigger: .init(
            "An event KernelOops about a NULL pointer dereference, or the kernel line itself; fatal when Ready is not True.",
            "出现关于空指针解引用的 KernelOops 事件或内核日志；Ready 不为 True 时为 fatal。"),
        remedy: .init(
            "Save the trace, drain and reboot the node, update the kernel or the driver that the trace names.",
            "保存调用栈，排空并重启节点，升级内核或调用栈所指的驱动。"),
        needs: [.events], alsoReads: [.nodes], usesAgents: true)

    let claims = [
        EventClaim(
            pattern:
                #"[Uu]nable to handle kernel NULL pointer dereference|BUG: kernel NULL pointer dereference, address:"#,
            kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(.danger, view) { node in view.notReady[node] != nil ? .fatal : .danger }
    }
}
