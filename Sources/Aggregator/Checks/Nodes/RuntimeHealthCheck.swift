import ClusterIndex
import Findings
import KubernetesAPI

struct RuntimeHealthCheck: EventCheck {
    let id = "DockerHealthStatus"
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.events]

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
        out.notReady(id, .fatal, view)
        for (name, verdict) in view.notReady where ([verdict.primary] + verdict.also).contains(id) {
            found.insert(name)
        }
        for event in view.warnings(of: id) {
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
