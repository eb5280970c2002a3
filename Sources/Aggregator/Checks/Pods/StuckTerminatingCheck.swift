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
                let place = pod.node.isEmpty ? "" : " on \(pod.node)"
                out.state(
                    view.severity(.warning, onNode: pod.node), pod.reference, node: pod.node, reason: "Terminating",
                    "should have ended \(GoDuration.brief(late)) ago\(place)\(Self.holder(of: pod))", since: deleted,
                    seen: now.time, source: "pod")
            } else {
                out.healthy()
            }
        }
    }

    /// What keeps it, as far as the pod says.
    private static func holder(of pod: PodRecord) -> String {
        let running = pod.containers.filter { if case .running = $0.state { true } else { false } }.map(\.name)
        if !pod.metadata.finalizers.isEmpty, running.isEmpty {
            return "; held by \(pod.metadata.finalizers.count == 1 ? "finalizer" : "finalizers") "
                + pod.metadata.finalizers.joined(separator: ", ")
        }
        var text = running.isEmpty ? "" : "; still running: \(running.prefix(namesMax).joined(separator: ", "))"
        if !pod.metadata.finalizers.isEmpty {
            text += "; finalizers: \(pod.metadata.finalizers.joined(separator: ", "))"
        }
        return text
    }

    /// Containers that a row names.
    private static let namesMax = 3
}
