import ClusterIndex
import KubernetesAPI
import Platform

struct ControllerManagerCheck: ClusterCheck {
    let id = "ControllerManagerHealthStatus"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.leases]
    let alsoReads: [ClusterKind] = [.pods, .componentstatuses, .deployments, .readyz]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        LeaderHealth(lease: "kube-controller-manager", object: "controller-manager", id: id) { view in
            let now = view.now(.deployments)
            let waiting = view.index.deployments.records.first {
                $0.generation > $0.observedGeneration
                    && $0.metadata.created.map { now.seconds(since: $0) > 120 } ?? false
            }
            return waiting.map { "Deployment \($0.namespace)/\($0.name) waits to be seen" }
        }.evaluate(view, &out)
    }
}
