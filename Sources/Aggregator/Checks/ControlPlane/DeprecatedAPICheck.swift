import ClusterIndex
import Findings
import KubernetesAPI

struct DeprecatedAPICheck: ClusterCheck {
    let id = "DeprecatedAPI"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.metrics, .version]

    /// What Kubernetes' own programs of that version ask for in any cluster: quota and garbage collection watch both
    /// groups of Ingress up to 1.21, admission reads PodSecurityPolicy up to 1.24, and the API server's flow control
    /// reads its own objects in the version of its release.
    private static func isRequestedByControlPlane(_ group: String, _ resource: String, _ server: KubernetesVersion)
        -> Bool
    {
        switch (group, resource) {
        case ("extensions", "ingresses"): server.minor <= 21
        case ("policy", "podsecuritypolicies"): server.minor <= 24
        case ("flowcontrol.apiserver.k8s.io", _): true
        default: false
        }
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.metrics), let server = KubernetesVersion(view.index.serverVersion) else { return }
        let soon = view.index.metrics.deprecated.filter { request in
            guard let removed = KubernetesVersion(request.removedRelease) else { return false }
            return removed.major == server.major && removed.minor - server.minor <= 2
        }
        if soon.isEmpty { out.healthy() }
        for request in soon {
            let name = [request.resource, request.version, request.group].filter { !$0.isEmpty }.joined(separator: ".")
            // The metric does not say who asks. Of these nobody else may.
            let isOwn = Self.isRequestedByControlPlane(request.group, request.resource, server)
            out.state(
                isOwn ? .info : .warning, ObjectReference(kind: "API", name: name),
                "\(name) is still requested\(isOwn ? ", by the control plane itself and perhaps by others," : "") and will be gone in \(request.removedRelease)",
                source: "metrics")
        }
    }
}
