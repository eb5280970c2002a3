import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct ImagePullCheck: EventCheck {
    static let waiting: Set<String> = [
        "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
        "RegistryUnavailable", "SignatureValidationFailed",
    ]

    let id = "PodSetImagePullBackOff"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]
    let alsoReads: [ClusterKind] = [.events]

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
        for pod in view.pods where !pod.isFinished {
            var isGood = true
            for container in pod.containers {
                guard case .waiting(let reason, let message) = container.state, Self.waiting.contains(reason) else {
                    continue
                }
                isGood = false
                let since = pod.ready?.transition ?? pod.metadata.created ?? now.time
                let limit =
                    view.threshold(id, "dangerMinutes", namespace: pod.namespace, object: pod.name) * 60
                let severity: Severity = now.seconds(since: since) > limit ? .danger : .warning
                troubled["\(pod.namespace)/\(pod.name)"] = container.name
                out.add(
                    CheckFinding(
                        check: id, severity: view.severity(severity, onNode: pod.node),
                        object: pod.reference,
                        subject: container.name, node: pod.node, reason: reason,
                        message: message.isEmpty ? reason : message, first: since, last: now.time, isState: true,
                        evidence: [
                            Evidence(
                                source: "pod", origin: "\(pod.namespace)/\(pod.name)/\(container.name)", time: now.time,
                                text: message.isEmpty ? reason : message)
                        ], table: .events))
            }
            if isGood { out.healthy() }
        }
        for event in view.warnings(of: id) {
            let pod = view.index.pods[event.involved.namespace, event.involved.name]
            let isOver = pod.map {
                $0.phase == "Running" && $0.containers.allSatisfy { !Self.waiting.contains($0.waitingReason) }
            }
            // Of a pod that was not read nobody knows whether it is over.
            if isOver ?? true {
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
