import Shared

struct RuntimeHealthCheck: EventCheck {
    let description = CheckDescription(
        id: "DockerHealthStatus", table: .nodes, severity: .fatal,
        title: .init("the container runtime works (whichever the kubelet uses)", "如果docker正常运行"),
        why: .init(
            "Without its runtime a node can neither start nor stop a container.", "容器运行时故障时节点无法启动或停止任何容器。"),
        trigger: .init(
            "Ready is not True with a message about the runtime; ContainerGCFailed with such a text; on the node: the socket refuses three times in 30 s, or the unit failed.",
            "Ready 不为 True 且消息涉及容器运行时；出现此类 ContainerGCFailed 事件；或节点上套接字 30 秒内三次拒绝连接、单元失败。"),
        remedy: .init(
            "Read the runtime's journal and check its disk, then restart it; where its unit is missing, rejoin the node.",
            "查看运行时日志并检查磁盘，然后重启；若单元缺失，请重新加入节点。"),
        needs: [.nodes], alsoReads: [.events], usesAgents: true)

    let claims = [
        EventClaim(
            reasons: ["ContainerGCFailed", "NodeNotReady", "ImageGCFailed"],
            pattern:
                #"(?i)container runtime (?:is down|not ready: RuntimeReady=false)|DockerDaemonNotReady|Cannot connect to the Docker daemon|containerd\.sock.{0,80}(?:refused|no such file)|crio\.sock.{0,80}(?:refused|no such file)"#,
            kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        var found: Set<String> = []
        for node in view.index.nodes.records {
            if let condition = node.conditions["ContainerRuntimeUnhealthy"], condition.status == "True" {
                out.condition(.fatal, node, condition, view)
                found.insert(node.name)
            } else if let condition = node.conditions["ContainerRuntimeReady"], condition.status == "False" {
                out.condition(.fatal, node, condition, view)
                found.insert(node.name)
            } else if node.ready?.status == "True" {
                out.healthy()
            }
        }
        out.notReady(description.id, .fatal, view)
        for (name, verdict) in view.notReady where ([verdict.primary] + verdict.also).contains(description.id) {
            found.insert(name)
        }
        for event in view.warnings(of: description.id) {
            // A node whose condition says the same has its row already; the event is proof for it.
            let isLive = found.contains(event.involved.name)
            out.event(isLive ? .fatal : .danger, event, .node(event.involved.name), node: event.involved.name, view)
        }
    }
}

extension CheckOutput {
    /// A finding from a Warning event.
    mutating func event(
        _ severity: Severity, _ event: EventRecord, _ object: ObjectReference, subject: String = "", node: String = "",
        _ view: ClusterView, also: [String] = []
    ) {
        add(
            CheckFinding(
                check: checkID, severity: view.severity(severity, onNode: node), object: object, subject: subject,
                node: node, reason: event.reason, message: event.message, first: event.first, last: event.last,
                count: event.count, isState: false, also: also,
                evidence: [
                    Evidence(
                        source: "event", origin: "\(event.namespace)/\(event.name)", time: event.last,
                        text: event.message)
                ],
                table: .events,
                events: [
                    .init(
                        namespace: event.namespace, name: event.name, time: event.last, reason: event.reason,
                        message: event.message, count: event.count)
                ]))
    }
}
