import Shared

struct QuotaCheck: EventCheck {
    let description = CheckDescription(
        id: "QuotaNearLimit", table: .events, severity: .danger,
        title: .init("quotas leave room", "配额仍有余量"),
        why: .init(
            "At its quota a namespace can start no pod more, not even to replace one that died.",
            "达到配额后命名空间无法再启动 Pod，包括替换故障的 Pod。"),
        trigger: .init(
            "cpu, memory, storage or pods with a hard limit over 0: 90 % used or more; danger with an 'exceeded quota' event in the window.",
            "cpu、memory、storage 或 pods（硬限制大于 0）使用率达到 90%；窗口内有 exceeded quota 事件则为 danger。"),
        remedy: .init("Raise the quota, or lower requests and limits in the namespace.", "提高配额，或降低该命名空间的请求与限制。"),
        needs: [.resourcequotas], alsoReads: [.events],
        thresholds: [.init(name: "percent", value: 90, meaning: .init("percent used", "使用百分比"))])

    let claims = [EventClaim(reasons: ["FailedCreate"], pattern: #"exceeded quota"#)]

    private static let resources = ["cpu", "memory", "storage", "pods", "ephemeral-storage"]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let events = view.warnings(of: description.id)
        let refused = Set(events.map(\.namespace))
        var firing: [String: ObjectReference] = [:]
        for quota in view.index.resourcequotas.records {
            let limit = view.threshold(description, "percent", namespace: quota.namespace, object: quota.name)
            let full = quota.entries.filter { entry in
                let name = entry.resource.split(separator: ".").last.map(String.init) ?? entry.resource
                return Self.resources.contains(name) && entry.hard > 0 && entry.used / entry.hard * 100 >= limit
            }.sorted { $0.resource < $1.resource }
            guard !full.isEmpty else {
                out.healthy()
                continue
            }
            let object = quota.metadata.reference("ResourceQuota")
            firing[quota.namespace] = object
            let text = full.map { "\($0.resource) \($0.usedText) of \($0.hardText)" }.joined(separator: ", ")
            out.state(refused.contains(quota.namespace) ? .danger : .warning, object, text)
        }
        for event in events {
            if let object = firing[event.namespace] {
                out.event(.danger, event, object, view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
