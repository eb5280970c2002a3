import Shared

/// Every Warning event that no other check recognises has a finding of its own all the same: nothing is hidden.
struct WarningEventCheck: EventCheck {
    let description = CheckDescription(
        id: "WarningEvent", table: .events, severity: .warning,
        title: .init("no Warning event is left unexplained", "其他 Warning 事件"),
        why: .init(
            "Controllers and kubelets say by events what went wrong; what no check knows by name is printed as it is.",
            "控制器与 kubelet 通过事件说明问题，未被任何检查识别的事件原样列出。"),
        trigger: .init("A Warning event in the window that speaks to no other check.", "时间窗口内未被其他检查识别的 Warning 事件。"),
        remedy: .init(
            "Read the event's message; `kubectl describe` the object that it is about.",
            "阅读事件消息，并对相关对象执行 kubectl describe。"),
        needs: [.events])

    let claims = [EventClaim()]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let events = view.warnings(of: description.id)
        if events.isEmpty, view.isComplete(.events) { out.healthy() }
        for event in events { out.add(Self.plain(event, view)) }
    }

    static func plain(_ event: EventRecord, _ view: ClusterView) -> CheckFinding {
        let pod = event.involved.kind == "Pod" ? view.index.pods[event.involved.namespace, event.involved.name] : nil
        return CheckFinding(
            check: "WarningEvent", severity: view.severity(.warning, onNode: pod?.node ?? event.node),
            object: event.involved, subject: "\(event.reason) \(PodText.subject(event.container, event.message))",
            node: pod?.node ?? event.node, reason: event.reason, message: event.message, first: event.first,
            last: event.last, count: event.count, isState: false, table: .events,
            events: [
                .init(
                    namespace: event.namespace, name: event.name, time: event.last, reason: event.reason,
                    message: event.message, count: event.count)
            ])
    }
}
