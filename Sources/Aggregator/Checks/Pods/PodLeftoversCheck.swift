import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// Pods that ended long ago and were never removed, counted per owner. They cost nothing but their objects, and hide
/// what is new.
struct PodLeftoversCheck: ClusterCheck {
    let id = "PodLeftovers"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.pods]
    let alsoReads: [ClusterKind] = [.deployments, .jobs]

    private struct Group {
        var failed: [PodRecord] = []
        var succeeded: [PodRecord] = []
        var reasons: Set<String> = []
        var oldest: Timestamp?
    }

    /// Reasons that a row names.
    private static let reasonsMax = 3

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard case .namespace(let namespace) = view.scope else { return }
        let now = view.now(.pods)
        var groups: [ObjectReference: Group] = [:]
        for pod in view.pods(in: namespace, where: \.isFinished) where pod.metadata.deleted == nil {
            let failure = pod.failure
            let time = failure?.time ?? pod.ready?.transition ?? pod.metadata.created ?? now.time
            // What is within the window has rows of its own.
            guard now.seconds(since: time) > view.windowSeconds else {
                out.healthy()
                continue
            }
            let owner = view.owner(of: pod)
            // Those that nobody owns are counted together.
            let key = owner == pod.reference ? ObjectReference(kind: "Namespace", name: namespace) : owner
            var group = groups[key] ?? Group()
            if let failure {
                group.failed.append(pod)
                group.reasons.insert(failure.reason)
            } else {
                group.succeeded.append(pod)
            }
            group.oldest = min(group.oldest ?? time, time)
            groups[key] = group
        }
        for (owner, group) in groups.sorted(by: { ($0.key.kind, $0.key.name) < ($1.key.kind, $1.key.name) }) {
            let limit = view.threshold(id, "succeeded", namespace: namespace, object: owner.name)
            guard !group.failed.isEmpty || Double(group.succeeded.count) > limit else {
                out.healthy()
                continue
            }
            let all = (group.failed + group.succeeded).sorted { $0.name < $1.name }
            let reasons = group.reasons.sorted().prefix(Self.reasonsMax).joined(separator: ", ")
            var parts: [String] = []
            if !group.failed.isEmpty { parts.append("\(group.failed.count) failed (\(reasons))") }
            if !group.succeeded.isEmpty { parts.append("\(group.succeeded.count) succeeded") }
            let whose = owner.kind == "Namespace" ? " without an owner" : ""
            out.state(
                .info, owner,
                "\(counted(all.count, "finished pod"))\(whose) never removed, such as \(all[0].name): \(parts.joined(separator: ", "))",
                since: group.oldest, seen: now.time, source: "pod")
        }
    }
}
