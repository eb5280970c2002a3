import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct OOMKilledCheck: ClusterCheck {
    let id = "PodOOMKilled"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.pods {
            var isGood = true
            for container in pod.containers {
                var ends: [ContainerRecord.Termination] = []
                if case .terminated(let end) = container.state { ends.append(end) }
                if let last = container.last { ends.append(last) }
                guard let end = ends.first(where: { $0.reason == "OOMKilled" }),
                    let finished = end.finished, now.seconds(since: finished) <= view.windowSeconds
                else { continue }
                isGood = false
                let text =
                    "container \(container.name) was killed for memory (exit \(end.exitCode), restarts \(container.restarts))"
                out.add(
                    CheckFinding(
                        check: id, severity: view.severity(.warning, onNode: pod.node),
                        object: pod.reference,
                        subject: container.name, node: pod.node, reason: "OOMKilled", message: text, first: finished,
                        last: finished, isState: false,
                        evidence: [
                            Evidence(
                                source: "pod", origin: "\(pod.namespace)/\(pod.name)/\(container.name)", time: finished,
                                text: "lastState.terminated.reason=OOMKilled")
                        ], table: .events))
            }
            if isGood { out.healthy() }
        }
    }
}
