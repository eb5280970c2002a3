import ClusterIndex
import Findings
import KubernetesAPI

struct DNSCheck: ClusterCheck {
    let id = "DNSUnhealthy"
    let needs: [ClusterKind] = [.services, .endpointslices]

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
