import Shared

struct AutoscalerCheck: ClusterCheck {
    let description = CheckDescription(
        id: "HPAUnable", table: .events, severity: .warning,
        title: .init("autoscalers can scale", "HPA 能够伸缩"),
        why: .init(
            "An autoscaler that cannot read its metric or is at its end leaves the load to what runs.",
            "无法读取指标或已达上限的 HPA 无法应对负载。"),
        trigger: .init(
            "AbleToScale or ScalingActive is False (not ScalingDisabled); at its maximum for more than 1 h.",
            "AbleToScale 或 ScalingActive 为 False（ScalingDisabled 除外）；或达到最大副本数超过 1 小时。"),
        remedy: .init(
            "kubectl describe hpa; check metrics-server and resource requests, or raise maxReplicas.",
            "kubectl describe hpa；检查 metrics-server 与资源请求，或提高 maxReplicas。"),
        needs: [.horizontalpodautoscalers],
        thresholds: [.init(name: "minutes", value: 60, meaning: .init("minutes at the maximum", "达到上限的分钟数"))])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.horizontalpodautoscalers)
        for scaler in view.index.horizontalpodautoscalers.records {
            let object = scaler.metadata.reference("HorizontalPodAutoscaler")
            let bad = ["AbleToScale", "ScalingActive"].compactMap { scaler.conditions[$0] }
                .first { $0.status == "False" && $0.reason != "ScalingDisabled" }
            if let bad {
                out.state(.warning, object, reason: bad.reason, bad.message, since: bad.transition)
                continue
            }
            let limited = scaler.conditions["ScalingLimited"]
            let since = limited.flatMap { $0.status == "True" && $0.reason == "TooManyReplicas" ? $0.transition : nil }
            let minutes = view.threshold(description, "minutes", namespace: scaler.namespace, object: scaler.name)
            if let since, scaler.current >= scaler.maximum, scaler.maximum > scaler.minimum,
                now.seconds(since: since) > minutes * 60
            {
                out.state(
                    .warning, object, reason: "AtMaximum",
                    "at its maximum of \(scaler.maximum) replicas for \(GoDuration.brief(now.seconds(since: since)))",
                    since: since)
            } else if scaler.conditions.isEmpty {
                out.unobserved(.warmingUp, scope: scaler.namespace, "\(scaler.name) has no conditions yet")
            } else {
                out.healthy()
            }
        }
    }
}
