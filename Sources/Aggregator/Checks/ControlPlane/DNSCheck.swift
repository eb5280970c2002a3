import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct DNSCheck: ClusterCheck {
    let id = "DNSUnhealthy"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.services, .endpointslices]

    static let names = ["kube-dns", "coredns", "rke2-coredns-rke2-coredns", "dns-default"]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.services), view.isComplete(.endpointslices) else { return }
        let services = ["kube-system", "openshift-dns"].flatMap { namespace in
            Self.names.compactMap { view.index.services[namespace, $0] }
        }
        if services.isEmpty { return out.unobserved(.notExposed, "no DNS Service in kube-system") }
        for service in services {
            let count = view.index.readyEndpoints(service.namespace, service.name)
            if count > 0 {
                out.healthy()
                continue
            }
            let pods = view.pods(in: service.namespace, matching: service.selector)
            out.state(
                .fatal, ObjectReference(kind: "Component", name: service.name), reason: "NoEndpoints",
                "no ready endpoint of \(service.namespace)/\(service.name), \(counted(pods.count, "pod")) \(pods.count == 1 ? "exists" : "exist")",
                since: view.lostEndpoints(service))
        }
    }
}
