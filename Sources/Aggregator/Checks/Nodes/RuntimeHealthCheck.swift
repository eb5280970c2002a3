import ClusterIndex
import Findings
import KubernetesAPI
import Regex

struct RuntimeHealthCheck: EventCheck, NotReadyCause {
    let id = "DockerHealthStatus"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.events]

    let claims = [
        EventClaim(
            reasons: ["ContainerGCFailed", "NodeNotReady", "ImageGCFailed"],
            pattern:
                #"(?i)container runtime (?:is down|not ready: RuntimeReady=false)|DockerDaemonNotReady|Cannot connect to the Docker daemon|containerd\.sock.{0,80}(?:refused|no such file)|crio\.sock.{0,80}(?:refused|no such file)"#,
            kinds: ["Node"])
    ]

    private static let pattern = LazyRegex(
        #"(?i)container runtime (?:is down|not ready: RuntimeReady=false)|DockerDaemonNotReady|Cannot connect to the Docker daemon"#
    )

    func explains(_ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView) -> Bool {
        Self.pattern.matches(ready.message) || Self.pattern.matches(ready.reason)
            || !view.agents.findings(id, at: node.name).isEmpty
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        var found: Set<String> = []
        for node in view.nodes {
            if let condition = out.badCondition(of: node) {
                out.condition(node, condition, view)
                found.insert(node.name)
            } else if node.ready?.status == "True" {
                out.healthy()
            }
        }
        out.notReady(view)
        for node in view.nodes {
            guard let verdict = view.notReady(node.name), ([verdict.primary] + verdict.also).contains(id) else {
                continue
            }
            found.insert(node.name)
        }
        for event in view.warnings(of: id) {
            // A node whose condition says the same has its row already; the event is proof for it.
            let isLive = found.contains(event.involved.name)
            out.event(
                isLive ? out.entry.severity : .danger, event, .node(event.involved.name), node: event.involved.name,
                view)
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
                        namespace: event.namespace, name: event.name, involved: event.involved, time: event.last,
                        reason: event.reason, message: event.message, count: event.count)
                ]))
    }
}
