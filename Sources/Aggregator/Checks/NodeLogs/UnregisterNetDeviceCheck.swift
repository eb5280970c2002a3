import Shared

struct UnregisterNetDeviceCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeUnregisterNetDevice", table: .events, severity: .danger,
        title: .init("network devices can be released", "检查对应网络"),
        why: .init(
            "The kernel waits for a reference that nobody gives back; pods of the node hang while they start or end.",
            "内核在等待无人释放的引用，节点上的 Pod 启动或终止时会卡住。"),
        trigger: .init(
            "An event UnregisterNetDevice, or 'unregister_netdevice: waiting for …' in the kernel log; danger at three in 20 min.",
            "出现 UnregisterNetDevice 事件，或内核日志 unregister_netdevice: waiting for …；20 分钟内三次为 danger。"),
        remedy: .init(
            "Update the kernel or the CNI plug-in; where pods are stuck, drain and reboot the node.",
            "升级内核或 CNI 插件；若 Pod 卡住，请排空并重启节点。"),
        needs: [.events], alsoReads: [.nodes], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["UnregisterNetDevice"], kinds: ["Node"]),
        EventClaim(
            pattern: #"unregister_netdevice: waiting for \S+ to become free\. Usage count = -?\d+"#, kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions("FrequentUnregisterNetDevice", .danger, view, isOptional: true)
        let counts = view.warnings(of: description.id).reduce(into: [String: Int]()) { counts, event in
            if view.now(.events).seconds(since: event.last) <= 1200 {
                counts[event.involved.name, default: 0] += event.count
            }
        }
        out.nodeEvents(.warning, view) { node in (counts[node] ?? 0) >= 3 ? .danger : .warning }
    }
}
