package import ClusterIndex
import Findings
package import KubernetesAPI
import Platform

struct WorkloadAvailableCheck: ClusterCheck {
    let id = "WorkloadUnavailable"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.deployments, .statefulsets, .daemonsets]
    let alsoReads: [ClusterKind] = [.pods]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for (kind, clusterKind, table) in view.workloads {
            let now = view.now(clusterKind)
            for workload in view.records(table) {
                guard workload.available < workload.desired else {
                    out.healthy()
                    continue
                }
                guard let since = Self.since(workload, kind, view, now) else { continue }
                let limit =
                    view.threshold(id, "minutes", namespace: workload.namespace, object: workload.name) * 60
                guard now.seconds(since: since) > limit else {
                    out.healthy()
                    continue
                }
                out.state(
                    workload.available == 0 ? .danger : .warning, workload.metadata.reference(kind),
                    reason: workload.available == 0 ? "NoneAvailable" : "Unavailable",
                    "\(workload.available) of \(workload.desired) available for \(GoDuration.brief(now.seconds(since: since)))\(Self.refusal(workload))",
                    since: since, seen: now.time)
            }
        }
    }

    /// Why its pods were not made, in the controller's words: a quota, an admission webhook, a limit.
    private static func refusal(_ workload: WorkloadRecord) -> String {
        let made = workload.conditions["ReplicaFailure"].flatMap { $0.status == "True" ? $0 : nil }
        let set = workload.conditions["Progressing"].flatMap {
            $0.status == "False" && $0.reason == "ReplicaSetCreateError" ? $0 : nil
        }
        return (made ?? set).map { ": \($0.message.isEmpty ? $0.reason : $0.message)" } ?? ""
    }

    /// Since when it lacks replicas: its own condition, else since its oldest pod that is not ready, else since it was
    /// made. nil: only pods tell, and they were not read.
    private static func since(
        _ workload: WorkloadRecord, _ kind: String, _ view: ClusterView, _ now: ReadTime
    ) -> Timestamp? {
        if let condition = workload.conditions["Available"], condition.status == "False",
            let time = condition.transition
        {
            return time
        }
        guard view.isComplete(.pods, in: workload.namespace) else { return nil }
        let times = view.podsOf(kind, workload).filter { !$0.isReady && !$0.isFinished }
            .compactMap { $0.ready?.transition ?? $0.metadata.created }
        return times.min() ?? workload.metadata.created ?? now.time
    }
}

extension ClusterView {
    package var workloads: [(String, ClusterKind, RecordTable<WorkloadRecord>)] {
        [
            ("Deployment", .deployments, index.deployments), ("StatefulSet", .statefulsets, index.statefulsets),
            ("DaemonSet", .daemonsets, index.daemonsets),
        ]
    }

    /// The pods of a workload, by their labels.
    package func podsOf(_ kind: String, _ workload: WorkloadRecord) -> [PodRecord] {
        let ownerKind = kind == "Deployment" ? "ReplicaSet" : kind
        return pods(in: workload.namespace) {
            $0.ownerKind == ownerKind && (ownerKind == "ReplicaSet" || $0.ownerName == workload.name)
                && workload.selector.matches($0.labels.labels)
        }
    }
}
