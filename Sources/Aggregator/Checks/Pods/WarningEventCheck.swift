import ClusterIndex
import Findings
import KubernetesAPI

/// Every Warning event that no other check recognises has a finding of its own all the same: nothing is hidden.
struct WarningEventCheck: EventCheck {
    let id = "WarningEvent"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.events]

    let judgesEventsOnly = true
    let claims = [EventClaim()]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for event in view.warnings(of: id) { out.add(Self.plain(event, view)) }
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
