import Shared

struct StuckTerminatingCheck: ClusterCheck {
    let description = CheckDescription(
        id: "PodStuckTerminating", table: .events, severity: .warning,
        title: .init("deleted pods go away", "被删除的 Pod 能够终止"),
        why: .init(
            "A pod that cannot end holds its volumes and its name; a StatefulSet waits for it.",
            "无法终止的 Pod 会占用卷与名称，StatefulSet 会一直等待。"),
        trigger: .init("Deleted, and still there 10 min after its grace period.", "已删除且超过宽限期 10 分钟仍存在。"),
        remedy: .init(
            "Look at its node (kubelet, runtime), at finalizers and volumes; as the last step kubectl delete pod --grace-period=0 --force.",
            "检查其节点（kubelet、运行时）、finalizer 与卷；最后才使用 kubectl delete pod --grace-period=0 --force。"),
        needs: [.pods],
        thresholds: [.init(name: "minutes", value: 10, meaning: .init("minutes past its grace period", "超过宽限期的分钟数"))])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.index.pods.records {
            // The deletion time is when the grace period ends (metav1.ObjectMeta).
            guard let deleted = pod.metadata.deleted else {
                out.healthy()
                continue
            }
            let late = now.seconds(since: deleted)
            if late > view.threshold(description, "minutes", namespace: pod.namespace, object: pod.name) * 60 {
                out.state(
                    view.severity(.warning, onNode: pod.node), pod.reference, node: pod.node, reason: "Terminating",
                    "should have ended \(GoDuration.brief(late)) ago\(pod.node.isEmpty ? "" : " on \(pod.node)")",
                    since: deleted,
                    seen: now, source: "pod")
            } else {
                out.healthy()
            }
        }
    }
}
