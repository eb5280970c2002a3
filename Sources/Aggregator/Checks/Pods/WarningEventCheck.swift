import ClusterIndex
import Findings
import KubernetesAPI

/// Every Warning event that no other check recognises has a finding of its own all the same: nothing is hidden.
struct WarningEventCheck: EventCheck {
    let id = "WarningEvent"
    let needs: [ClusterKind] = [.events]

    let claims = [EventClaim()]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let events = view.warnings(of: id)
        if events.isEmpty, view.isComplete(.events) { out.healthy() }
        for event in events { out.add(Self.plain(event, view)) }
    }

    static func plain(_ event: EventRecord, _ view: ClusterView) -> CheckFinding {
        let pod = event.involved.kind == "Pod" ? view.index.pods[event.involved.namespace, event.involved.name] : nil
        return CheckFinding(
            check: "WarningEvent", severity: view.severity(.warning, onNode: pod?.node ?? event.node),
            object: event.involved, subject: "\(event.reason) \(PodText.subject(event.container, event.message))",
            node: pod?.node ?? event.node, reason: event.reason, message: event.message, first: event.first,
            last: event.last, count: event.count, isState: false, table: .events,
            events: [
                .init(
                    namespace: event.namespace, name: event.name, time: event.last, reason: event.reason,
                    message: event.message, count: event.count)
            ])
    }
}
