import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct RolloutCheck: ClusterCheck {
    let id = "RolloutStuck"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.deployments, .statefulsets]
    let alsoReads: [ClusterKind] = [.pods]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for workload in view.records(view.index.deployments) {
            if let condition = workload.conditions["Progressing"], condition.reason == "ProgressDeadlineExceeded" {
                out.state(
                    .danger, workload.metadata.reference("Deployment"), reason: condition.reason,
                    "\(condition.message) (\(workload.updated) of \(workload.desired) updated)",
                    since: condition.transition)
            } else {
                out.healthy()
            }
        }
        let now = view.now(.statefulsets)
        for workload in view.records(view.index.statefulsets) {
            let isRolling =
                !workload.updateRevision.isEmpty && workload.updateRevision != workload.currentRevision
                && workload.updated < workload.desired - workload.partition && workload.updateStrategy != "OnDelete"
            guard isRolling else {
                out.healthy()
                continue
            }
            // When the last pod was made anew only the pods tell.
            guard view.isComplete(.pods, in: workload.namespace) else { continue }
            let moved =
                view.podsOf("StatefulSet", workload).compactMap { pod -> Timestamp? in
                    pod.labels.labels["controller-revision-hash"] == workload.updateRevision
                        ? pod.metadata.created : nil
                }.max() ?? workload.metadata.created ?? now.time
            let limit =
                view.threshold(id, "minutes", namespace: workload.namespace, object: workload.name) * 60
            if now.seconds(since: moved) > limit {
                out.state(
                    .danger, workload.metadata.reference("StatefulSet"), reason: "RolloutStuck",
                    "\(workload.updated) of \(workload.desired - workload.partition) updated, none for \(GoDuration.brief(now.seconds(since: moved)))",
                    since: moved)
            } else {
                out.healthy()
            }
        }
    }
}
