import Shared

struct DNSCheck: ClusterCheck {
    let description = CheckDescription(
        id: "DNSUnhealthy", table: .components, severity: .fatal,
        title: .init("cluster DNS answers", "集群 DNS 可用"),
        why: .init("Without DNS nearly everything in the cluster fails to find its peers.", "没有 DNS，集群内几乎所有应用都无法找到对端。"),
        trigger: .init(
            "The kube-dns Service has no ready endpoint; danger: an agent's pod cannot resolve kubernetes.default.svc.",
            "kube-dns Service 没有就绪端点；agent 所在 Pod 无法解析 kubernetes.default.svc 时为 danger。"),
        remedy: .init(
            "kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide, then their logs and nodes.",
            "kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide，查看日志与所在节点。"),
        needs: [.services, .endpointslices], usesAgents: true)

    static let names = ["kube-dns", "coredns", "rke2-coredns-rke2-coredns", "dns-default"]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.services), view.isComplete(.endpointslices) else { return }
        let services = view.index.services.records.filter {
            ($0.namespace == "kube-system" || $0.namespace == "openshift-dns") && Self.names.contains($0.name)
        }
        if services.isEmpty { return out.unobserved(.notExposed, "no DNS Service in kube-system") }
        for service in services {
            let count = view.readyEndpoints["\(service.namespace)/\(service.name)", default: 0]
            if count > 0 {
                out.healthy()
                continue
            }
            let pods = view.pods(in: service.namespace, matching: service.selector)
            out.state(
                .fatal, ObjectReference(kind: "Component", name: service.name), reason: "NoEndpoints",
                "no ready endpoint of \(service.namespace)/\(service.name), \(pods.count) pods exist",
                since: pods.compactMap { $0.ready?.transition }.max() ?? service.metadata.created)
        }
    }
}
