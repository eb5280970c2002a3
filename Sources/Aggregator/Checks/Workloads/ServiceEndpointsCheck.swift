import Shared

struct ServiceEndpointsCheck: ClusterCheck {
    let description = CheckDescription(
        id: "ServiceNoEndpoints", table: .events, severity: .warning,
        title: .init("services have endpoints", "Service 有可用端点"),
        why: .init("Whoever calls the service gets a refused connection.", "访问该 Service 的请求会被拒绝。"),
        trigger: .init(
            "A selector, and no ready endpoint (not ExternalName, not scaled to 0; a selector that matches no pod: info).",
            "有选择器但没有就绪端点（ExternalName、缩容到 0 除外；选择器不匹配任何 Pod 为 info）。"),
        remedy: .init(
            "Compare the selector with the pods' labels; look at why those pods are not ready.",
            "核对选择器与 Pod 标签，检查 Pod 未就绪的原因。"),
        needs: [.services, .endpointslices, .pods])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.endpointslices), view.isComplete(.pods) else { return }
        for service in view.index.services.records {
            if service.type == "ExternalName" || service.selector.isEmpty { continue }
            if view.readyEndpoints["\(service.namespace)/\(service.name)", default: 0] > 0 {
                out.healthy()
                continue
            }
            let pods = view.pods(in: service.namespace, matching: service.selector)
            let object = service.metadata.reference("Service")
            if pods.isEmpty {
                out.state(.info, object, "its selector matches no pod", since: service.metadata.created)
            } else {
                let waits = pods.count { !$0.isReady }
                out.state(
                    .warning, object, "no ready endpoint: \(waits) of \(pods.count) pods are not ready",
                    since: pods.compactMap { $0.ready?.transition }.max())
            }
        }
    }
}

extension ClusterView {
    /// Pods that have not ended, by labels.
    func pods(in namespace: String, matching labels: [String: String]) -> [PodRecord] {
        pods(in: namespace) { pod in
            !pod.isFinished && labels.allSatisfy { pod.labels.labels[$0.key] == $0.value }
        }
    }
}
