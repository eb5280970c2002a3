import ClusterIndex
import Findings
import KubernetesAPI

struct DeprecatedAPICheck: ClusterCheck {
    let id = "DeprecatedAPI"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.metrics, .version]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.metrics), let server = KubernetesVersion(view.index.serverVersion) else { return }
        let soon = view.index.metrics.deprecated.filter { request in
            guard let removed = KubernetesVersion(request.removedRelease) else { return false }
            return removed.major == server.major && removed.minor - server.minor <= 2
        }
        if soon.isEmpty { out.healthy() }
        for request in soon {
            let name = [request.resource, request.version, request.group].filter { !$0.isEmpty }.joined(separator: ".")
            out.state(
                .warning, ObjectReference(kind: "API", name: name),
                "\(name) is still requested and will be gone in \(request.removedRelease)",
                source: "metrics")
        }
    }
}
