import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct PodPendingCheck: EventCheck {
    let id = "PodPending"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]
    let alsoReads: [ClusterKind] = [.events]

    let claims = [EventClaim(reasons: ["FailedScheduling"], kinds: ["Pod"])]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.pods where !pod.isFinished && pod.node.isEmpty && !pod.hasGates && pod.metadata.deleted == nil {
            let limit = view.threshold(id, "minutes", namespace: pod.namespace, object: pod.name) * 60
            let since = pod.scheduled?.transition ?? pod.metadata.created ?? now.time
            // Unschedulable, SchedulerError, or whatever another scheduler calls it.
            let isUnschedulable = pod.scheduled.map { $0.status != "True" }
            guard now.seconds(since: since) > limit, isUnschedulable ?? true else {
                if isUnschedulable == true {
                    out.unobserved(
                        .warmingUp, scope: pod.namespace,
                        "\(pod.name) has been pending for less than \(GoDuration.brief(limit))")
                }
                continue
            }
            let age = GoDuration.brief(now.seconds(since: since)), reason = pod.scheduled?.reason ?? ""
            var message = pod.scheduled?.message ?? ""
            if message.isEmpty {
                message =
                    pod.scheduled == nil
                    ? "no scheduler has looked at it for \(age)" : "not scheduled for \(age), without a reason"
            }
            out.add(
                CheckFinding(
                    check: id, severity: .danger, object: pod.reference,
                    reason: reason.isEmpty ? "Pending" : reason, message: message,
                    first: since, last: now.time, isState: true,
                    evidence: [
                        Evidence(
                            source: "pod", origin: "\(pod.namespace)/\(pod.name)", time: now.time,
                            text: pod.scheduled == nil ? "phase Pending, no PodScheduled condition" : message)
                    ], table: .events))
        }
        out.healthy(view.pods.count { !$0.node.isEmpty })
        for event in view.warnings(of: id) {
            let pod = view.index.pods[event.involved.namespace, event.involved.name]
            let limit =
                view.threshold(id, "minutes", namespace: event.namespace, object: event.involved.name) * 60
            let waits = pod.map {
                $0.node.isEmpty
                    && now.seconds(since: $0.scheduled?.transition ?? $0.metadata.created ?? now.time) > limit
            }
            if waits ?? false {
                out.event(.danger, event, pod?.reference ?? event.involved, view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
