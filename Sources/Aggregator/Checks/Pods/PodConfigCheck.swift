import Shared

struct PodConfigCheck: ClusterCheck {
    static let reasons: Set<String> = [
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError", "ContainerCannotRun",
    ]

    let description = CheckDescription(
        id: "PodConfigError", table: .events, severity: .danger,
        title: .init("containers can be made from their specification", "容器配置正确"),
        why: .init(
            "The kubelet cannot make the container: a ConfigMap, Secret, command or mount is wrong.",
            "kubelet 无法创建容器：ConfigMap、Secret、命令或挂载有误。"),
        trigger: .init(
            "A container waits or ended with CreateContainerConfigError, CreateContainerError, RunContainerError or StartError.",
            "容器因 CreateContainerConfigError、CreateContainerError、RunContainerError 或 StartError 等待或退出。"),
        remedy: .init(
            "The message names what is missing: create the ConfigMap, Secret or key, or correct command and mounts.",
            "按消息补齐 ConfigMap、Secret 或键，或修正命令与挂载。"),
        needs: [.pods])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.index.pods.records where !pod.isFinished {
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
                        check: description.id, severity: view.severity(.danger, onNode: pod.node),
                        object: pod.reference,
                        subject: container.name, node: pod.node, reason: trouble.reason, message: text,
                        first: trouble.time ?? pod.ready?.transition ?? now, last: trouble.time ?? now, isState: true,
                        evidence: [
                            Evidence(
                                source: "pod", origin: "\(pod.namespace)/\(pod.name)/\(container.name)", time: now,
                                text: text)
                        ], table: .events))
            }
            if isGood { out.healthy() }
        }
    }
}
