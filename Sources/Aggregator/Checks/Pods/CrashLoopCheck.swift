import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct CrashLoopCheck: EventCheck {
    let id = "PodCrashLoop"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]
    let alsoReads: [ClusterKind] = [.events]

    let claims = [
        EventClaim(reasons: ["BackOff"], pattern: #"[Bb]ack-off restarting failed container"#, kinds: ["Pod"])
    ]

    /// The status keeps the last run only; the pod is not ready since an earlier one, as far as that is known.
    private func since(_ container: ContainerRecord, _ pod: PodRecord) -> Timestamp? {
        [container.last?.started, pod.isReady ? nil : pod.ready?.transition].compactMap { $0 }.min()
            ?? container.last?.finished
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        var loops: Set<String> = []
        for pod in view.pods where !pod.isFinished {
            let restarts = Int(view.threshold(id, "restarts", namespace: pod.namespace, object: pod.name))
            let seconds = view.threshold(id, "minutes", namespace: pod.namespace, object: pod.name) * 60
            var isGood = true
            for container in pod.containers {
                let ended = container.last?.finished
                let isWaiting = container.waitingReason == "CrashLoopBackOff"
                let isOften =
                    container.restarts >= restarts && ended.map { now.seconds(since: $0) <= seconds } ?? false
                guard isWaiting || isOften else { continue }
                isGood = false
                loops.insert("\(pod.namespace)/\(pod.name)/\(container.name)")
                var text = "container \(container.name) restarted \(counted(container.restarts, "time"))"
                if let last = container.last {
                    text += ", last exit \(last.exitCode)\(last.reason.isEmpty ? "" : " (\(last.reason))")"
                    if !last.message.isEmpty { text += ": \(last.message)" }
                }
                out.add(
                    CheckFinding(
                        check: id, severity: view.severity(.danger, onNode: pod.node),
                        object: pod.reference,
                        subject: container.name, node: pod.node, reason: isWaiting ? "CrashLoopBackOff" : "Restarting",
                        message: text, first: since(container, pod) ?? now.time, last: now.time,
                        count: max(container.restarts, 1), isState: true,
                        evidence: [
                            Evidence(
                                source: "pod", origin: "\(pod.namespace)/\(pod.name)/\(container.name)", time: now.time,
                                text: text)
                        ], table: .events))
            }
            if isGood { out.healthy() }
        }
        for event in view.warnings(of: id) {
            let pod = view.index.pods[event.involved.namespace, event.involved.name]
            let isKnown = loops.contains("\(event.involved.namespace)/\(event.involved.name)/\(event.container)")
            if isKnown {
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
