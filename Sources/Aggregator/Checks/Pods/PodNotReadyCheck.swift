import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct PodNotReadyCheck: EventCheck {
    let id = "PodNotReady"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]
    let alsoReads: [ClusterKind] = [.events, .deployments, .jobs]

    let claims = [EventClaim(reasons: ["Evicted"], kinds: ["Pod"])]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        var evictions: [String: (pods: [PodRecord], owner: ObjectReference)] = [:]
        for pod in view.pods {
            if pod.phase == "Failed",
                ["Evicted", "Shutdown", "Terminated", "NodeShutdown", "Preempting"].contains(pod.reason)
            {
                let time = pod.ready?.transition ?? pod.metadata.created ?? now.time
                guard now.seconds(since: time) <= view.windowSeconds else { continue }
                let owner = view.owner(of: pod)
                let key = [owner.kind, owner.namespace, owner.name, pod.node, pod.reason].joined(separator: "\u{1F}")
                evictions[key, default: ([], owner)].pods.append(pod)
                continue
            }
            guard pod.phase == "Running", pod.metadata.deleted == nil, let ready = pod.ready else { continue }
            if ready.status == "True" {
                out.healthy()
                continue
            }
            let since = ready.transition ?? now.time
            // Whatever else is wrong with a container says more.
            let isExplained = pod.containers.contains { !$0.waitingReason.isEmpty } || view.notReady(pod.node) != nil
            if isExplained
                || now.seconds(since: since) <= view.threshold(
                    id, "minutes", namespace: pod.namespace, object: pod.name) * 60
            {
                continue
            }
            out.state(
                view.severity(.warning, onNode: pod.node), pod.reference, node: pod.node,
                reason: ready.reason.isEmpty ? "NotReady" : ready.reason,
                "\(ready.message.isEmpty ? "not ready" : ready.message) for \(GoDuration.brief(now.seconds(since: since)))",
                since: since, seen: now.time, source: "pod")
        }
        for (_, group) in evictions.sorted(by: { $0.key < $1.key }) { evicted(group.pods, group.owner, view, &out) }
        for event in view.warnings(of: id) {
            out.event(.warning, event, event.involved, node: event.node, view)
        }
    }

    private func evicted(_ pods: [PodRecord], _ owner: ObjectReference, _ view: ClusterView, _ out: inout CheckOutput) {
        let sorted = pods.sorted { $0.name < $1.name }
        guard let first = sorted.first else { return }
        let times = pods.compactMap { $0.ready?.transition ?? $0.metadata.created }
        let why = first.message.isEmpty ? first.reason : first.message
        let text = pods.count == 1 ? why : "\(counted(pods.count, "pod")) on \(first.node): \(why)"
        out.add(
            CheckFinding(
                check: id, severity: view.severity(.warning, onNode: first.node),
                object: pods.count == 1 ? first.reference : owner, subject: pods.count == 1 ? "" : first.node,
                node: first.node, reason: first.reason, message: text, first: times.min() ?? view.clock,
                last: times.max() ?? view.clock, count: pods.count, isState: false,
                evidence: sorted.prefix(Evidence.perFindingMax).map {
                    Evidence(
                        source: "pod", origin: "\($0.namespace)/\($0.name)", time: $0.ready?.transition ?? view.clock,
                        text: $0.message)
                }, table: .events))
    }
}
