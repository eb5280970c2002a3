import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct PodNotReadyCheck: EventCheck {
    let id = "PodNotReady"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]
    let alsoReads: [ClusterKind] = [.events, .deployments, .jobs, .nodes]

    let claims = [EventClaim(reasons: ["Evicted"], kinds: ["Pod"])]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        var failed = FailedPods()
        for pod in view.pods {
            if let failure = pod.failure {
                guard failure.isDisruption, now.seconds(since: failure.time ?? now.time) <= view.windowSeconds else {
                    continue
                }
                failed.add(pod, failure, view)
                continue
            }
            guard pod.phase == "Running" || pod.phase == "Unknown", pod.metadata.deleted == nil, let ready = pod.ready
            else { continue }
            if ready.status == "True" {
                out.healthy()
                continue
            }
            let since = ready.transition ?? now.time
            // Whatever else is wrong with a container says more, and so does a node that is not ready.
            let isExplained =
                pod.containers.contains { ContainerTrouble.hasRow($0, view) } || view.notReady(pod.node) != nil
            // The node's controller makes pods not ready whose containers are (node lifecycle, MarkPodsNotReady).
            let isNodes =
                view.index.nodes[pod.node] == nil && !view.isComplete(.nodes)
                && ready.reason != "ReadinessGatesNotReady" && pod.containers.allSatisfy(\.isReady)
            if isExplained || isNodes
                || now.seconds(since: since) <= view.threshold(
                    id, "minutes", namespace: pod.namespace, object: pod.name) * 60
            {
                continue
            }
            out.state(
                view.severity(.warning, onNode: pod.node), pod.reference, node: pod.node,
                reason: ready.reason.isEmpty ? "NotReady" : ready.reason,
                "\(ready.message.isEmpty ? "not ready" : ready.message) for \(GoDuration.brief(now.seconds(since: since)))",
                since: since, seen: now.time, source: "pod")
        }
        failed.report(view, &out)
        for event in view.warnings(of: id) {
            out.event(.warning, event, event.involved, node: event.node, view)
        }
    }
}
