import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct StuckTerminatingCheck: ClusterCheck {
    let id = "PodStuckTerminating"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.pods {
            // The deletion time is when the grace period ends (metav1.ObjectMeta).
            guard let deleted = pod.metadata.deleted else {
                out.healthy()
                continue
            }
            let late = now.seconds(since: deleted)
            if late > view.threshold(id, "minutes", namespace: pod.namespace, object: pod.name) * 60 {
                out.state(
                    view.severity(.warning, onNode: pod.node), pod.reference, node: pod.node, reason: "Terminating",
                    "should have ended \(GoDuration.brief(late)) ago\(pod.node.isEmpty ? "" : " on \(pod.node)")",
                    since: deleted,
                    seen: now.time, source: "pod")
            } else {
                out.healthy()
            }
        }
    }
}
