import ClusterIndex
import KubernetesAPI
import Platform

struct SchedulerCheck: ClusterCheck {
    let id = "SchedulerHealthStatus"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.leases]
    let alsoReads: [ClusterKind] = [.pods, .componentstatuses, .readyz]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        LeaderHealth(lease: "kube-scheduler", object: "scheduler", id: id) { view in
            let now = view.now(.pods)
            let waiting = view.index.pods.records.first {
                $0.node.isEmpty && $0.scheduled == nil && !$0.hasGates && $0.phase == "Pending"
                    && ($0.scheduler.isEmpty || $0.scheduler == "default-scheduler")
                    && $0.metadata.created.map { now.seconds(since: $0) > 120 } ?? false
            }
            return waiting.map { "pod \($0.namespace)/\($0.name) waits to be scheduled" }
        }.evaluate(view, &out)
    }
}
