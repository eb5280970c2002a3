import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct VolumeMountCheck: EventCheck {
    let id = "VolumeMountFailed"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.events]
    let alsoReads: [ClusterKind] = [.pods]

    let judgesEventsOnly = true
    let claims = [
        EventClaim(reasons: ["FailedMount", "FailedAttachVolume", "FailedMapVolume"], kinds: ["Pod"]),
        EventClaim(pattern: #"Multi-Attach error for volume"#, kinds: ["Pod"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.events)
        let events = view.warnings(of: id)
        var counts: [String: Int] = [:]
        for event in events
        where now.seconds(since: event.last) <= view.threshold(id, "minutes", namespace: event.namespace) * 60 {
            counts["\(event.involved.namespace)/\(event.involved.name)", default: 0] += event.count
        }
        for event in events {
            let pod = view.index.pods[event.involved.namespace, event.involved.name]
            // Of a pod that was not read nobody knows whether it is over.
            let isOver = pod?.isReady ?? true
            let count = counts["\(event.involved.namespace)/\(event.involved.name)"] ?? 0
            if !isOver, Double(count) >= view.threshold(id, "count", namespace: event.namespace) {
                out.event(.danger, event, pod?.reference ?? event.involved, node: pod?.node ?? event.node, view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
