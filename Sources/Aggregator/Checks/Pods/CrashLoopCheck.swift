import Shared

struct CrashLoopCheck: EventCheck {
    let description = CheckDescription(
        id: "PodCrashLoop", table: .events, severity: .danger,
        title: .init("containers stay up", "容器未反复崩溃"),
        why: .init(
            "A container that ends again and again serves nobody, and waits longer before every try.",
            "反复退出的容器无法提供服务，且每次重试前等待更久。"),
        trigger: .init(
            "A container waits in CrashLoopBackOff, or restarted three times and last ended within 10 min.",
            "容器处于 CrashLoopBackOff，或已重启三次且最近一次退出在 10 分钟内。"),
        remedy: .init(
            "kubectl logs POD -c CONTAINER --previous; exit code 137 with OOMKilled is memory, 127 a missing program.",
            "kubectl logs POD -c CONTAINER --previous；退出码 137 且 OOMKilled 为内存问题，127 为程序缺失。"),
        needs: [.pods], alsoReads: [.events],
        thresholds: [
            .init(name: "restarts", value: 3, meaning: .init("restarts", "重启次数")),
            .init(name: "minutes", value: 10, meaning: .init("minutes since the last end", "距最近退出的分钟数")),
        ])

    let claims = [
        EventClaim(reasons: ["BackOff"], pattern: #"[Bb]ack-off restarting failed container"#, kinds: ["Pod"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        var loops: Set<String> = []
        for pod in view.index.pods.records where !pod.isFinished {
            let restarts = Int(view.threshold(description, "restarts", namespace: pod.namespace, object: pod.name))
            let seconds = view.threshold(description, "minutes", namespace: pod.namespace, object: pod.name) * 60
            var isGood = true
            for container in pod.containers {
                let ended = container.last?.finished
                let isWaiting = container.waitingReason == "CrashLoopBackOff"
                let isOften =
                    container.restarts >= restarts && ended.map { now.seconds(since: $0) <= seconds } ?? false
                guard isWaiting || isOften else { continue }
                isGood = false
                loops.insert("\(pod.namespace)/\(pod.name)/\(container.name)")
                var text = "container \(container.name) restarted \(container.restarts) times"
                if let last = container.last {
                    text += ", last exit \(last.exitCode)\(last.reason.isEmpty ? "" : " (\(last.reason))")"
                    if !last.message.isEmpty { text += ": \(last.message)" }
                }
                out.add(
                    CheckFinding(
                        check: description.id, severity: view.severity(.danger, onNode: pod.node),
                        object: pod.reference,
                        subject: container.name, node: pod.node, reason: isWaiting ? "CrashLoopBackOff" : "Restarting",
                        message: text, first: container.last?.started ?? pod.ready?.transition ?? now, last: now,
                        count: max(container.restarts, 1), isState: true,
                        evidence: [
                            Evidence(
                                source: "pod", origin: "\(pod.namespace)/\(pod.name)/\(container.name)", time: now,
                                text: text)
                        ], table: .events))
            }
            if isGood { out.healthy() }
        }
        for event in view.warnings(of: description.id) {
            let pod = view.index.pods[event.involved.namespace, event.involved.name]
            let isKnown = loops.contains("\(event.involved.namespace)/\(event.involved.name)/\(event.container)")
            if isKnown || pod == nil && !view.isComplete(.pods) {
                out.event(
                    .danger, event, pod?.reference ?? event.involved, subject: event.container,
                    node: pod?.node ?? event.node,
                    view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
