import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// Every Warning event that no other check recognises has a finding of its own all the same: nothing is hidden.
struct WarningEventCheck: EventCheck {
    let id = "WarningEvent"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.events]

    let judgesEventsOnly = true
    let claims = [EventClaim()]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for event in view.warnings(of: id) where !Self.isHarmless(event, view) { out.add(Self.plain(event, view)) }
    }

    /// A container that was started so recently need not be ready yet.
    private static let startSeconds = 30.0
    /// A kubelet says once at its start that it does not know the image file system's size; one that goes on saying so
    /// has more to tell.
    private static let startEventsMax: Int = 3

    /// Warnings that healthy programs give when they start, and one that OpenShift's API server gives when it is
    /// ready.
    private static func isHarmless(_ event: EventRecord, _ view: ClusterView) -> Bool {
        switch event.reason {
        case "InvalidDiskCapacity":
            return event.message.hasPrefix("invalid capacity 0 on image filesystem") && event.count <= startEventsMax
        case "KubeAPIReadyz": return event.message == "readyz=true"
        case "Unhealthy" where event.message.hasPrefix("Readiness probe"):
            guard let pod = view.index.pods[event.involved.namespace, event.involved.name],
                !pod.isReady, let container = pod.containers.first(where: { $0.name == event.container }),
                case .running(let since?) = container.state
            else { return false }
            return event.last.seconds(since: since) < startSeconds
        default: return false
        }
    }

    /// One finding per object, reason and container, whatever names and numbers the texts hold.
    static func plain(_ event: EventRecord, _ view: ClusterView) -> CheckFinding {
        let pod = event.involved.kind == "Pod" ? view.index.pods[event.involved.namespace, event.involved.name] : nil
        return CheckFinding(
            check: "WarningEvent", severity: view.severity(.warning, onNode: pod?.node ?? event.node),
            object: event.involved,
            subject: event.container.isEmpty ? event.reason : "\(event.reason) \(event.container)",
            node: pod?.node ?? event.node, reason: event.reason, message: event.message, first: event.first,
            last: event.last, count: event.count, isState: false, table: .events,
            events: [
                .init(
                    namespace: event.namespace, name: event.name, involved: event.involved, time: event.last,
                    reason: event.reason, message: event.message, count: event.count)
            ])
    }
}
