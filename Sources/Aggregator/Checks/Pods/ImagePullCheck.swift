import Shared

struct ImagePullCheck: EventCheck {
    static let waiting: Set<String> = [
        "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
        "RegistryUnavailable", "SignatureValidationFailed",
    ]

    let description = CheckDescription(
        id: "PodSetImagePullBackOff", table: .events, severity: .danger,
        title: .init(
            "images can be pulled; try by hand on the node", "Pod无法正确拉出镜像，因此可以在相应节点上手动拉出镜像"),
        why: .init("Without its image a container never starts.", "没有镜像，容器永远无法启动。"),
        trigger: .init(
            "A container waits with ImagePullBackOff, ErrImagePull, InvalidImageName, ErrImageNeverPull or ImageInspectError (danger after 5 min); an event Failed says so.",
            "容器因 ImagePullBackOff、ErrImagePull、InvalidImageName、ErrImageNeverPull 或 ImageInspectError 等待（5 分钟后为 danger），或 Failed 事件如此说明。"
        ),
        remedy: .init(
            "By cause: the name, the pull secret, DNS or TLS to the registry, its rate limit, the platform; then `crictl pull IMAGE` on that node.",
            "按原因处理：镜像名、拉取凭据、到仓库的 DNS/TLS、限流、平台；然后在该节点执行 crictl pull。"),
        needs: [.pods], alsoReads: [.events],
        thresholds: [
            .init(name: "dangerMinutes", value: 5, meaning: .init("minutes until it is danger", "变为 danger 的分钟数"))
        ])

    let claims = [
        EventClaim(
            reasons: ["Failed", "InspectFailed", "ErrImageNeverPull"],
            pattern:
                #"ImagePullBackOff|ErrImagePull|InvalidImageName|ErrImageNeverPull|ImageInspectError|[Ff]ailed to (?:pull|inspect) image|Failed to apply default image tag"#,
            kinds: ["Pod"]),
        EventClaim(reasons: ["InspectFailed", "ErrImageNeverPull"], kinds: ["Pod"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        var troubled: [String: String] = [:]
        for pod in view.index.pods.records where !pod.isFinished {
            var isGood = true
            for container in pod.containers {
                guard case .waiting(let reason, let message) = container.state, Self.waiting.contains(reason) else {
                    continue
                }
                isGood = false
                let since = pod.ready?.transition ?? pod.metadata.created ?? now
                let limit =
                    view.threshold(description, "dangerMinutes", namespace: pod.namespace, object: pod.name) * 60
                let severity: Severity = now.seconds(since: since) > limit ? .danger : .warning
                troubled["\(pod.namespace)/\(pod.name)"] = container.name
                out.add(
                    CheckFinding(
                        check: description.id, severity: view.severity(severity, onNode: pod.node),
                        object: pod.reference,
                        subject: container.name, node: pod.node, reason: reason,
                        message: message.isEmpty ? reason : message, first: since, last: now, isState: true,
                        evidence: [
                            Evidence(
                                source: "pod", origin: "\(pod.namespace)/\(pod.name)/\(container.name)", time: now,
                                text: message.isEmpty ? reason : message)
                        ], table: .events))
            }
            if isGood { out.healthy() }
        }
        for event in view.warnings(of: description.id) {
            let pod = view.index.pods[event.involved.namespace, event.involved.name]
            let isOver = pod.map {
                $0.phase == "Running" && $0.containers.allSatisfy { !Self.waiting.contains($0.waitingReason) }
            }
            if isOver ?? (view.index.states[.pods] != nil && view.isComplete(.pods)) {
                out.add(WarningEventCheck.plain(event, view))
                continue
            }
            // With the container's state it is one finding.
            let known = troubled["\(event.involved.namespace)/\(event.involved.name)"]
            out.event(
                .warning, event, pod?.reference ?? event.involved,
                subject: event.container.isEmpty ? known ?? "" : event.container, node: pod?.node ?? event.node, view)
        }
    }
}
