import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct AutoscalerCheck: ClusterCheck {
    let id = "HPAUnable"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.horizontalpodautoscalers]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.horizontalpodautoscalers)
        for scaler in view.records(view.index.horizontalpodautoscalers) {
            let object = scaler.metadata.reference("HorizontalPodAutoscaler")
            let bad = ["AbleToScale", "ScalingActive"].compactMap { scaler.conditions[$0] }
                .first { $0.status == "False" && $0.reason != "ScalingDisabled" }
            if let bad {
                out.state(.warning, object, reason: bad.reason, bad.message, since: bad.transition)
                continue
            }
            let limited = scaler.conditions["ScalingLimited"]
            let since = limited.flatMap { $0.status == "True" && $0.reason == "TooManyReplicas" ? $0.transition : nil }
            let minutes = view.threshold(id, "minutes", namespace: scaler.namespace, object: scaler.name)
            if let since, scaler.current >= scaler.maximum, scaler.maximum > scaler.minimum,
                now.seconds(since: since) > minutes * 60
            {
                out.state(
                    .warning, object, reason: "AtMaximum",
                    "at its maximum of \(counted(scaler.maximum, "replica")) for \(GoDuration.brief(now.seconds(since: since)))",
                    since: since)
            } else if scaler.conditions.isEmpty {
                out.unobserved(.warmingUp, scope: scaler.namespace, "\(scaler.name) has no conditions yet")
            } else {
                out.healthy()
            }
        }
    }
}
