import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct DNSCheck: ClusterCheck {
    let id = "DNSUnhealthy"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.services, .endpointslices]
    let alsoReads: [ClusterKind] = [.pods]

    private static let namespaces = ["kube-system", "openshift-dns"]
    static let names = ["kube-dns", "coredns", "rke2-coredns-rke2-coredns", "dns-default"]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let services = Self.namespaces.flatMap { namespace in
            Self.names.compactMap { view.index.services[namespace, $0] }
        }
        if services.isEmpty, Self.namespaces.allSatisfy({ view.isComplete(.services, in: $0) }) {
            return out.unobserved(.notExposed, "no DNS Service in kube-system")
        }
        for service in services where view.isComplete(.endpointslices, in: service.namespace) {
            if view.index.readyEndpoints(service.namespace, service.name) > 0 {
                out.healthy()
                continue
            }
            let pods = view.pods(in: service.namespace, matching: service.selector)
            let count =
                view.isComplete(.pods, in: service.namespace)
                ? ", \(counted(pods.count, "pod")) \(pods.count == 1 ? "exists" : "exist")" : ""
            out.state(
                .fatal, ObjectReference(kind: "Component", name: service.name), reason: "NoEndpoints",
                "no ready endpoint of \(service.namespace)/\(service.name)\(count)",
                since: view.lostEndpoints(service))
        }
    }
}
