import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct EtcdCheck: ClusterCheck {
    let id = "ETCDHealthStatus"
    let scopes: ClusterScope.Kinds = .controlPlane
    let alsoReads: [ClusterKind] = [.readyz, .pods, .componentstatuses]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        var isObserved = false
        for line in view.index.readyz?.lines ?? [] where line.name == "etcd" || line.name == "etcd-readiness" {
            guard let isGood = line.isGood else { continue }
            isObserved = true
            if isGood {
                out.healthy()
            } else {
                out.state(
                    .fatal, ObjectReference(kind: "Component", name: "etcd"), reason: "NotReady", line.text,
                    source: "readyz")
            }
        }
        isObserved = judgeMembers(view, &out) || isObserved
        for status in view.index.componentstatuses.records where status.name.hasPrefix("etcd") {
            isObserved = true
            out.componentStatus(status, ObjectReference(kind: "Component", name: status.name))
        }
        if isObserved { return }
        if let problem = view.index.states[.readyz]?.problem {
            out.unobserved(problem.unobservedReason, problem.brief)
        } else if let problem = view.index.states[.pods]?.problem {
            out.unobserved(problem.unobservedReason, problem.brief)
        } else if view.index.readyz != nil {
            out.unobserved(.notExposed, "/readyz excludes etcd, and no pod of it is visible")
        } else {
            out.unobserved(.notExposed, "no etcd line of /readyz, pod or component status")
        }
    }

    /// - Returns: whether there is a member to judge.
    private func judgeMembers(_ view: ClusterView, _ out: inout CheckOutput) -> Bool {
        let pods = view.pods(in: "kube-system") { $0.labels.labels["component"] == "etcd" }
        // A quorum is counted, and members that were not read may be well.
        if pods.isEmpty || !view.isComplete(.pods, in: "kube-system") { return false }
        let now = view.now(.pods)
        let sick = pods.filter { !$0.isReady }.sorted { $0.name < $1.name }
        let quorum = pods.count / 2 + 1
        if pods.count - sick.count < quorum {
            let names = sick.map(\.name).joined(separator: ", ")
            out.state(
                .fatal, ObjectReference(kind: "Component", name: "etcd"), reason: "NoQuorum",
                "\(pods.count - sick.count) of \(pods.count) members ready, \(quorum) are needed; not ready: \(names)",
                since: sick.compactMap { $0.ready?.transition }.max())
            return true
        }
        for pod in sick {
            let since = pod.ready?.transition ?? now.time
            if now.seconds(since: since) > view.threshold(id, "seconds") {
                out.state(
                    .danger, ObjectReference(kind: "Component", name: "etcd-\(pod.node)"), node: pod.node,
                    reason: "MemberNotReady",
                    "member \(pod.name) is not ready for \(GoDuration.brief(now.seconds(since: since))); the quorum holds",
                    since: since)
            }
        }
        out.healthy(pods.count - sick.count)
        return true
    }
}
