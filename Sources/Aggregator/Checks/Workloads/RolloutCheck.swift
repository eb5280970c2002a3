import Shared

struct RolloutCheck: ClusterCheck {
    let description = CheckDescription(
        id: "RolloutStuck", table: .workloads, severity: .danger,
        title: .init("rollouts come to their end", "滚动发布能够完成"),
        why: .init(
            "A rollout that stands still leaves two versions running, or one that nobody wanted.",
            "停滞的发布会让两个版本并存，或停在错误的版本。"),
        trigger: .init(
            "A Deployment's Progressing says ProgressDeadlineExceeded; a StatefulSet's update revision has not moved on for 30 min.",
            "Deployment 的 Progressing 为 ProgressDeadlineExceeded；或 StatefulSet 更新版本 30 分钟未推进。"),
        remedy: .init(
            "kubectl rollout status and the new pods' events say what they wait for; kubectl rollout undo goes back.",
            "kubectl rollout status 与新 Pod 的事件可说明原因；kubectl rollout undo 可回滚。"),
        needs: [.deployments, .statefulsets], alsoReads: [.pods],
        thresholds: [
            .init(name: "minutes", value: 30, meaning: .init("minutes unmoved (StatefulSet)", "StatefulSet 未推进分钟数"))
        ])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for workload in view.index.deployments.records {
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
        for workload in view.index.statefulsets.records {
            let isRolling =
                !workload.updateRevision.isEmpty && workload.updateRevision != workload.currentRevision
                && workload.updated < workload.desired && workload.updateStrategy != "OnDelete"
            guard isRolling else {
                out.healthy()
                continue
            }
            let moved =
                view.podsOf("StatefulSet", workload).compactMap { pod -> Timestamp? in
                    pod.labels.labels["controller-revision-hash"] == workload.updateRevision
                        ? pod.metadata.created : nil
                }.max() ?? workload.metadata.created ?? now
            let limit =
                view.threshold(description, "minutes", namespace: workload.namespace, object: workload.name) * 60
            if now.seconds(since: moved) > limit {
                out.state(
                    .danger, workload.metadata.reference("StatefulSet"), reason: "RolloutStuck",
                    "\(workload.updated) of \(workload.desired) updated, none for \(GoDuration.brief(now.seconds(since: moved)))",
                    since: moved)
            } else {
                out.healthy()
            }
        }
    }
}
