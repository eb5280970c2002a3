import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// What scheduler and controller-manager share: a Lease that must be renewed, replicas that must be ready, and on old
/// servers a component status.
struct LeaderHealth {
    /// `kube-scheduler`
    let lease: String
    /// `scheduler`
    let object: String
    let id: String
    /// Work that waits only because nobody does it; nil: none waits.
    let symptom: (ClusterView) -> String?

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let reference = ObjectReference(kind: "Component", name: object)
        let pods = view.pods(in: "kube-system") { $0.labels.labels["component"] == lease }
        let agentFindings = view.agents.controlPlaneFindings.filter { $0.detection.check == id }
        let unready = pods.filter { !$0.isReady }
        let elects = !pods.contains { $0.arguments.contains { $0 == "--leader-elect=false" } }
        guard elects else {
            judgePods(pods, unready, reference, view, &out)
            return
        }
        let record = view.index.leases["kube-system", lease]
        if let record, let renewed = record.renewed {
            judgeLease(record, renewed, pods, unready, reference, view, &out)
            return
        }
        // A fresh Lease would refute all that follows, but for a replica that is not ready.
        guard view.isComplete(.leases, in: "kube-system") else {
            if let sick = unready.min(by: { $0.name < $1.name }) {
                out.state(
                    .danger, reference, subject: sick.name, node: sick.node, reason: "ReplicaNotReady",
                    "replica \(sick.name) is not ready", since: sick.ready?.transition)
            }
            return
        }
        if let failed = readyzLine(view) {
            out.state(.fatal, reference, reason: id, failed, source: "readyz")
        } else if let status = view.index.componentstatuses[object] {
            judgeStatus(status, reference, &out)
        } else if !pods.isEmpty {
            judgePods(pods, unready, reference, view, &out)
        } else if agentFindings.isEmpty {
            out.unobserved(.notExposed, "no Lease, pod or component status of it")
        }
    }

    private func readyzLine(_ view: ClusterView) -> String? {
        view.index.readyz?.lines.first { $0.isGood == false && $0.name == "leaderElection" && object == "scheduler" }?
            .text
    }

    private func judgeLease(
        _ lease: LeaseRecord, _ renewed: Timestamp, _ pods: [PodRecord], _ unready: [PodRecord],
        _ reference: ObjectReference,
        _ view: ClusterView, _ out: inout CheckOutput
    ) {
        let age = view.now(.leases).seconds(since: renewed)
        let limit = max(view.threshold(id, "seconds"), 2 * lease.durationSeconds)
        if age <= limit {
            if let sick = unready.min(by: { $0.name < $1.name }) {
                out.state(
                    .danger, reference, subject: sick.name, node: sick.node, reason: "ReplicaNotReady",
                    "replica \(sick.name) is not ready; \(holder(lease)) leads", since: sick.ready?.transition)
            } else {
                out.healthy()
            }
            return
        }
        let text = "no leader for \(GoDuration.brief(age)) (last \(holder(lease)))"
        // Planes that are managed or run without election leave old leases behind: only what waits proves it there.
        if pods.isEmpty {
            // Whether it runs without election only its pods tell.
            guard view.isComplete(.pods, in: "kube-system") else { return }
            if let symptom = symptom(view) {
                out.state(
                    .fatal, reference, reason: "NoLeader", "\(text); \(symptom)", since: renewed,
                    seen: view.now(.leases).time)
            } else {
                out.unobserved(
                    .stale,
                    "its Lease was last renewed \(GoDuration.brief(age)) ago, but no pod of it is visible and nothing waits for it"
                )
            }
            return
        }
        out.state(.fatal, reference, reason: "NoLeader", text, since: renewed, seen: view.now(.leases).time)
    }

    private func holder(_ lease: LeaseRecord) -> String { lease.holder.isEmpty ? "nobody" : lease.holder }

    private func judgePods(
        _ pods: [PodRecord], _ unready: [PodRecord], _ reference: ObjectReference, _ view: ClusterView,
        _ out: inout CheckOutput
    ) {
        if pods.isEmpty { return out.unobserved(.notExposed, "no pod of it is visible") }
        guard let first = unready.min(by: { $0.name < $1.name }) else { return out.healthy() }
        let message = first.ready?.message ?? ""
        out.state(
            unready.count == pods.count && view.isComplete(.pods, in: "kube-system") ? .fatal : .danger, reference,
            node: first.node, reason: "NotReady",
            "\(unready.count) of \(pods.count) replicas not ready: \(first.name)\(message.isEmpty ? "" : ": \(message)")",
            since: unready.compactMap { $0.ready?.transition }.min())
    }

    private func judgeStatus(_ status: ComponentStatusRecord, _ reference: ObjectReference, _ out: inout CheckOutput) {
        out.componentStatus(status, reference)
    }
}

extension CheckOutput {
    /// Judged by the condition of type `Healthy` alone: words such as "lookup" or "broken" contain "ok".
    mutating func componentStatus(_ status: ComponentStatusRecord, _ reference: ObjectReference) {
        guard let healthy = status.healthy else {
            return unobserved(.malformed, "component status \(status.name) has no Healthy condition")
        }
        if healthy.status == "True" {
            self.healthy()
        } else {
            state(
                .fatal, reference, reason: "Unhealthy", healthy.message, seen: status.observed,
                source: "componentstatus")
        }
    }
}
