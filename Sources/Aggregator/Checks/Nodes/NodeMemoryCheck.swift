import Shared

struct NodeMemoryCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeMemory", table: .nodes, severity: .danger,
        title: .init("node memory use above threshold", "如果节点内存使用量超过阈值"),
        why: .init(
            "A node that runs out of memory evicts pods, then the kernel kills processes.", "节点内存耗尽会驱逐 Pod，随后内核终止进程。"),
        trigger: .init(
            "MemoryPressure is True (danger); the kubelet evicts for memory; on the node: over 90 % used three times, with less than 8 GiB available or PSI some avg60 over 5.",
            "MemoryPressure 为 True（danger）；kubelet 因内存驱逐；或节点内存使用率三次超过 90% 且可用不足 8 GiB 或 PSI avg60 超过 5。"),
        remedy: .init(
            "Find pods without memory limits (kubectl top pod -A --sort-by=memory), move load, raise --system-reserved.",
            "找出没有内存限制的 Pod（kubectl top pod -A --sort-by=memory），迁移负载，提高 --system-reserved。"),
        needs: [.nodes], alsoReads: [.events], usesAgents: true)

    let claims = [
        EventClaim(
            reasons: ["EvictionThresholdMet"], pattern: #"(?i)reclaim memory|memory\.available|\bmemory\b"#,
            kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions("MemoryPressure", .danger, view)
        for event in view.warnings(of: description.id) {
            out.event(.warning, event, .node(event.involved.name), node: event.involved.name, view)
        }
    }
}
