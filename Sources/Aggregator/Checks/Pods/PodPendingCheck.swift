import Shared

struct PodPendingCheck: EventCheck {
    let description = CheckDescription(
        id: "PodPending", table: .events, severity: .danger,
        title: .init("pods find a node", "Pod 能够被调度"),
        why: .init(
            "A pod that fits nowhere never starts; what it was scaled up for is not served.", "无处可放的 Pod 永远不会启动。"),
        trigger: .init(
            "PodScheduled is False with Unschedulable for more than 5 min, without scheduling gates; or, while the scheduler is silent, no PodScheduled condition at all.",
            "PodScheduled 为 False（Unschedulable）超过 5 分钟且无调度门控；或调度器失联且没有 PodScheduled 状态。"),
        remedy: .init(
            "Read which resource, taint or affinity the message names; add nodes, lower requests, or correct the selector.",
            "查看消息所指的资源、污点或亲和性；增加节点、降低请求或修正选择器。"),
        needs: [.pods], alsoReads: [.events, .leases],
        thresholds: [.init(name: "minutes", value: 5, meaning: .init("minutes unscheduled", "未调度分钟数"))])

    let claims = [EventClaim(reasons: ["FailedScheduling"], kinds: ["Pod"])]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.index.pods.records where pod.phase == "Pending" && pod.node.isEmpty && !pod.hasGates {
            let limit = view.threshold(description, "minutes", namespace: pod.namespace, object: pod.name) * 60
            let since = pod.scheduled?.transition ?? pod.metadata.created ?? now
            let isUnschedulable = pod.scheduled.map { $0.status == "False" && $0.reason == "Unschedulable" }
            guard now.seconds(since: since) > limit, isUnschedulable ?? true else {
                if isUnschedulable == true {
                    out.unobserved(.warmingUp, scope: pod.namespace, "\(pod.name) waits for less than 5 min")
                }
                continue
            }
            let message = pod.scheduled?.message ?? ""
            out.add(
                CheckFinding(
                    check: description.id, severity: .danger, object: pod.reference,
                    reason: pod.scheduled?.reason ?? "Pending",
                    message: message.isEmpty
                        ? "no scheduler has looked at it for \(GoDuration.brief(now.seconds(since: since)))" : message,
                    first: since, last: now, isState: true,
                    evidence: [
                        Evidence(
                            source: "pod", origin: "\(pod.namespace)/\(pod.name)", time: now,
                            text: message.isEmpty ? "phase Pending, no PodScheduled condition" : message)
                    ], table: .events))
        }
        out.healthy(view.index.pods.records.count { !$0.node.isEmpty })
        for event in view.warnings(of: description.id) {
            let pod = view.index.pods[event.involved.namespace, event.involved.name]
            let limit =
                view.threshold(description, "minutes", namespace: event.namespace, object: event.involved.name) * 60
            let waits = pod.map {
                $0.node.isEmpty && now.seconds(since: $0.scheduled?.transition ?? $0.metadata.created ?? now) > limit
            }
            if waits ?? false {
                out.event(.danger, event, pod?.reference ?? event.involved, view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
