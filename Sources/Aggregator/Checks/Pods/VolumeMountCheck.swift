import Shared

struct VolumeMountCheck: EventCheck {
    let description = CheckDescription(
        id: "VolumeMountFailed", table: .events, severity: .danger,
        title: .init("volumes attach and mount", "卷能够挂接与挂载"),
        why: .init("The pod waits for its volume and does not start.", "Pod 因等待卷而无法启动。"),
        trigger: .init(
            "FailedMount, FailedAttachVolume or Multi-Attach, three times within 10 min.",
            "10 分钟内三次 FailedMount、FailedAttachVolume 或 Multi-Attach。"),
        remedy: .init(
            "Read which volume the message names; Multi-Attach waits for the old node to let go: delete its pod or its VolumeAttachment.",
            "查看消息中的卷；Multi-Attach 表示旧节点未释放：删除旧 Pod 或其 VolumeAttachment。"),
        needs: [.events], alsoReads: [.pods],
        thresholds: [
            .init(name: "count", value: 3, meaning: .init("failures", "失败次数")),
            .init(name: "minutes", value: 10, meaning: .init("within minutes", "分钟内")),
        ])

    let claims = [
        EventClaim(reasons: ["FailedMount", "FailedAttachVolume", "FailedMapVolume"], kinds: ["Pod"]),
        EventClaim(pattern: #"Multi-Attach error for volume"#, kinds: ["Pod"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.events)
        let events = view.warnings(of: description.id)
        var counts: [String: Int] = [:]
        for event in events
        where now.seconds(since: event.last) <= view.threshold(description, "minutes", namespace: event.namespace) * 60
        {
            counts["\(event.involved.namespace)/\(event.involved.name)", default: 0] += event.count
        }
        if events.isEmpty, view.isComplete(.events) { out.healthy() }
        for event in events {
            let pod = view.index.pods[event.involved.namespace, event.involved.name]
            let isOver = pod?.isReady ?? (view.index.states[.pods] != nil && view.isComplete(.pods))
            let count = counts["\(event.involved.namespace)/\(event.involved.name)"] ?? 0
            if !isOver, Double(count) >= view.threshold(description, "count", namespace: event.namespace) {
                out.event(.danger, event, pod?.reference ?? event.involved, node: pod?.node ?? event.node, view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
