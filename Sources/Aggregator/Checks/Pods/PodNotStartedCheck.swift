import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// Pods that have a node and do not come to run there, whatever holds them: a kubelet that never took them up, their
/// sandbox and volumes, an init container.
struct PodNotStartedCheck: ClusterCheck {
    let id = "PodNotStarted"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]

    /// What a pod waits for.
    private struct Hold {
        var reason: String
        var text: String
        var since: Timestamp
        /// An init container runs, which may be at work.
        var isInit = false
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.pods where !pod.isFinished && !pod.node.isEmpty && pod.metadata.deleted == nil {
            if ["Running", "Unknown"].contains(pod.phase) {
                out.healthy()
                continue
            }
            // Whatever else is wrong with a container says more.
            if pod.containers.contains(where: { ContainerTrouble.hasRow($0, view) }) { continue }
            let hold = Self.hold(of: pod, now.time)
            let name = hold.isInit ? "initMinutes" : "minutes"
            let age = now.seconds(since: hold.since)
            guard age > view.threshold(id, name, namespace: pod.namespace, object: pod.name) * Seconds.perMinute else {
                out.healthy()
                continue
            }
            out.state(
                view.severity(hold.isInit ? .warning : .danger, onNode: pod.node), pod.reference, node: pod.node,
                reason: hold.reason, "\(hold.text), for \(GoDuration.brief(age))", since: hold.since, seen: now.time,
                source: "pod")
        }
    }

    private static func hold(of pod: PodRecord, _ now: Timestamp) -> Hold {
        let bound = pod.scheduled?.transition ?? pod.metadata.created ?? now
        if pod.containers.isEmpty {
            return Hold(
                reason: "NoStatus", text: "scheduled, but the kubelet of \(pod.node) has not reported on it",
                since: bound)
        }
        let said = pod.trouble("Initialized").map { $0.message.isEmpty ? "" : " (\($0.message))" } ?? ""
        for container in pod.containers where container.isInit {
            guard case .running(let start) = container.state else { continue }
            if !container.isSidecar {
                return Hold(
                    reason: "InitContainerRunning",
                    text: "init container \(container.name) has not ended\(said)", since: start ?? bound, isInit: true)
            }
            if !container.isStarted {
                return Hold(
                    reason: "SidecarNotStarted", text: "sidecar \(container.name) runs, but has not started\(said)",
                    since: start ?? bound, isInit: true)
            }
        }
        // What was done before does not count.
        let before = pod.containers.compactMap { container -> Timestamp? in
            if case .terminated(let end) = container.state { end.finished } else { nil }
        }
        let since = max(bound, before.max() ?? bound)
        for container in pod.containers {
            switch container.state {
            case .terminated(let end) where container.isInit && end.exitCode != 0:
                return Hold(
                    reason: "InitContainerFailed",
                    text: "init container \(container.name) ended with exit code \(end.exitCode)\(said)", since: since)
            case .waiting(let reason, let message) where !container.isInit || !reason.isEmpty && reason != initialising:
                let sandbox = pod.trouble("PodReadyToStartContainers")?.message ?? ""
                let more = [message, sandbox, said.isEmpty ? "" : String(said.dropFirst(2).dropLast())].first {
                    !$0.isEmpty
                }
                return Hold(
                    reason: reason.isEmpty ? "Pending" : reason,
                    text: "container \(container.name) waits with \(reason.isEmpty ? "no reason" : reason)"
                        + (more.map { ": \($0)" } ?? ""), since: since)
            case .running, .waiting, .terminated, .unknown: continue
            }
        }
        return Hold(reason: "Pending", text: "no container of it runs\(said)", since: since)
    }

    private static let initialising = "PodInitializing"
}
