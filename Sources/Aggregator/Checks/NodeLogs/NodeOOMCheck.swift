import Shared

struct NodeOOMCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeOOM", table: .events, severity: .danger,
        title: .init(
            "the kernel killed no process to recover memory",
            "监控那些消耗过多内存的进程，尤其是那些消耗大量内存非常快的进程，内核会杀掉它们，防止它们耗尽内存"),
        why: .init(
            "A node out of memory kills the process that it judges worst, which is seldom the one that grew; a container at its limit kills its own.",
            "节点内存耗尽时内核会终止它认为最差的进程，往往不是真正增长的那个；容器达到上限时只终止自身进程。"),
        trigger: .init(
            "'Out of memory: Killed process' in the kernel log, an event SystemOOM or OOMKilling (danger for the node, warning for a container's own limit).",
            "内核日志 Out of memory: Killed process，或 SystemOOM、OOMKilling 事件（节点级为 danger，容器自身上限为 warning）。"),
        remedy: .init(
            "A container: raise its memory limit or fix the leak. The node: find pods without limits, reserve memory for the system.",
            "容器：提高内存上限或修复泄漏。节点：找出没有限制的 Pod，并为系统预留内存。"),
        needs: [.events], alsoReads: [.pods, .deployments, .jobs], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["SystemOOM", "OOMKilling"], kinds: ["Node"]),
        EventClaim(
            pattern:
                #"(?:Memory cgroup out|Out) of memory(?: \(oom_kill_allocating_task\))?: Kill(?:ed)? process \d+ \("#,
            kinds: ["Node"]),
    ]

    private static let pid = LazyRegex(#"(?:[Kk]ill(?:ed)? process |pid: )(?P<pid>\d+)"#)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for event in view.warnings(of: description.id) {
            let name = event.node
            let pid = Self.pid(of: event.message)
            let isContainer = event.message.contains("Memory cgroup out of memory")
            out.event(
                isContainer ? .warning : .danger, event, view.index.nodes[name]?.reference ?? .node(name),
                subject: pid.map { "pid \($0)" } ?? "", node: name, view)
        }
    }

    /// The process that a text says was killed.
    static func pid(of text: String) -> String? { pid.compiled?.captures(in: text)?["pid"] }
}
