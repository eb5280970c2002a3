import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct PodConfigCheck: ClusterCheck {
    static let reasons: Set<String> = [
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError", "ContainerCannotRun",
    ]

    let id = "PodConfigError"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.pods where !pod.isFinished {
            var isGood = true
            for container in pod.containers {
                let trouble: (reason: String, text: String, time: Timestamp?)? =
                    switch container.state {
                    case .waiting(let reason, let message): (reason, message, nil)
                    case .terminated(let end): (end.reason, end.message, end.finished)
                    case .running, .unknown: nil
                    }
                guard let trouble, Self.reasons.contains(trouble.reason) else { continue }
                isGood = false
                let text = "container \(container.name): \(trouble.text.isEmpty ? trouble.reason : trouble.text)"
                out.add(
                    CheckFinding(
                        check: id, severity: view.severity(.danger, onNode: pod.node),
                        object: pod.reference,
                        subject: container.name, node: pod.node, reason: trouble.reason, message: text,
                        first: trouble.time ?? pod.ready?.transition ?? now.time, last: trouble.time ?? now.time,
                        isState: true,
                        evidence: [
                            Evidence(
                                source: "pod", origin: "\(pod.namespace)/\(pod.name)/\(container.name)", time: now.time,
                                text: text)
                        ], table: .events))
            }
            if isGood { out.healthy() }
        }
    }
}
