import Shared

struct OOMKilledCheck: ClusterCheck {
    let description = CheckDescription(
        id: "PodOOMKilled", table: .events, severity: .warning,
        title: .init("no container was killed for memory", "容器未因内存被终止"),
        why: .init(
            "The container used more memory than its limit allows; what it was doing is lost.", "容器内存超过上限被终止，正在进行的工作丢失。"
        ),
        trigger: .init(
            "A container's state or last state is OOMKilled within the window; the kernel's own line joins it by pod UID.",
            "容器当前或上次状态为 OOMKilled（窗口内）；内核日志按 Pod UID 与之合并。"),
        remedy: .init(
            "Raise the memory limit or fix the leak; `kubectl top pod --containers` shows who grows.",
            "提高内存上限或修复泄漏；kubectl top pod --containers 可查看增长者。"),
        needs: [.pods], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        for pod in view.index.pods.records {
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
                        check: description.id, severity: view.severity(.warning, onNode: pod.node),
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
