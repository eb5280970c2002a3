import Shared

struct PodNotReadyCheck: EventCheck {
    let description = CheckDescription(
        id: "PodNotReady", table: .events, severity: .warning,
        title: .init("running pods are ready, and none was evicted", "运行中的 Pod 就绪且未被驱逐"),
        why: .init(
            "A pod that runs and is not ready gets no traffic; an evicted one has lost its node.",
            "运行但未就绪的 Pod 不接收流量；被驱逐的 Pod 已失去其节点。"),
        trigger: .init(
            "Running with Ready False for more than 10 min and no check that says more; Evicted within the window (one row per owner and node).",
            "Running 但 Ready 为 False 超过 10 分钟且无更具体的检查；或窗口内被驱逐（按所有者和节点合并）。"),
        remedy: .init(
            "kubectl describe pod says which probe fails; for evictions look at the node's memory and disk.",
            "kubectl describe pod 查看失败的探针；驱逐请检查节点内存与磁盘。"),
        needs: [.pods], alsoReads: [.events, .deployments, .jobs],
        thresholds: [.init(name: "minutes", value: 10, meaning: .init("minutes not ready", "未就绪分钟数"))])

    let claims = [EventClaim(reasons: ["Evicted"], kinds: ["Pod"])]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        var evictions: [String: (pods: [PodRecord], owner: ObjectReference)] = [:]
        for pod in view.index.pods.records {
            if pod.phase == "Failed",
                ["Evicted", "Shutdown", "Terminated", "NodeShutdown", "Preempting"].contains(pod.reason)
            {
                let time = pod.ready?.transition ?? pod.metadata.created ?? now
                guard now.seconds(since: time) <= view.windowSeconds else { continue }
                let owner = view.owner(of: pod)
                let key = [owner.kind, owner.namespace, owner.name, pod.node, pod.reason].joined(separator: "\u{1F}")
                evictions[key, default: ([], owner)].pods.append(pod)
                continue
            }
            guard pod.phase == "Running", pod.metadata.deleted == nil, let ready = pod.ready else { continue }
            if ready.status == "True" {
                out.healthy()
                continue
            }
            let since = ready.transition ?? now
            // Whatever else is wrong with a container says more.
            let isExplained = pod.containers.contains { !$0.waitingReason.isEmpty } || view.notReady[pod.node] != nil
            if isExplained
                || now.seconds(since: since) <= view.threshold(
                    description, "minutes", namespace: pod.namespace, object: pod.name) * 60
            {
                continue
            }
            out.state(
                view.severity(.warning, onNode: pod.node), pod.reference, node: pod.node,
                reason: ready.reason.isEmpty ? "NotReady" : ready.reason,
                "\(ready.message.isEmpty ? "not ready" : ready.message) for \(GoDuration.brief(now.seconds(since: since)))",
                since: since, seen: now, source: "pod")
        }
        for (_, group) in evictions.sorted(by: { $0.key < $1.key }) { evicted(group.pods, group.owner, view, &out) }
        for event in view.warnings(of: description.id) {
            out.event(.warning, event, event.involved, node: event.node, view)
        }
    }

    private func evicted(_ pods: [PodRecord], _ owner: ObjectReference, _ view: ClusterView, _ out: inout CheckOutput) {
        let sorted = pods.sorted { $0.name < $1.name }
        guard let first = sorted.first else { return }
        let times = pods.compactMap { $0.ready?.transition ?? $0.metadata.created }
        let why = first.message.isEmpty ? first.reason : first.message
        let text = pods.count == 1 ? why : "\(pods.count) pods on \(first.node): \(why)"
        out.add(
            CheckFinding(
                check: description.id, severity: view.severity(.warning, onNode: first.node),
                object: pods.count == 1 ? first.reference : owner, subject: pods.count == 1 ? "" : first.node,
                node: first.node, reason: first.reason, message: text, first: times.min() ?? view.clock,
                last: times.max() ?? view.clock, count: pods.count, isState: false,
                evidence: sorted.prefix(Evidence.perFindingMax).map {
                    Evidence(
                        source: "pod", origin: "\($0.namespace)/\($0.name)", time: $0.ready?.transition ?? view.clock,
                        text: $0.message)
                }, table: .events))
    }
}
