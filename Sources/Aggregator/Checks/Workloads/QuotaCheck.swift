import ClusterIndex
import Findings
import KubernetesAPI

struct QuotaCheck: EventCheck {
    let id = "QuotaNearLimit"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.resourcequotas]
    let alsoReads: [ClusterKind] = [.events]

    let claims = [EventClaim(reasons: ["FailedCreate"], pattern: #"exceeded quota"#)]

    private static let resources = ["cpu", "memory", "storage", "pods", "ephemeral-storage"]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let events = view.warnings(of: id)
        let refused = Set(events.map(\.namespace))
        var firing: [String: ObjectReference] = [:]
        for quota in view.records(view.index.resourcequotas) {
            let limit = view.threshold(id, "percent", namespace: quota.namespace, object: quota.name)
            let full = quota.entries.filter { entry in
                let name = entry.resource.split(separator: ".").last.map(String.init) ?? entry.resource
                return Self.resources.contains(name) && entry.hard > 0 && entry.used / entry.hard * 100 >= limit
            }.sorted { $0.resource < $1.resource }
            guard !full.isEmpty else {
                out.healthy()
                continue
            }
            let object = quota.metadata.reference("ResourceQuota")
            firing[quota.namespace] = object
            let text = full.map { "\($0.resource) \($0.usedText) of \($0.hardText)" }.joined(separator: ", ")
            out.state(refused.contains(quota.namespace) ? .danger : .warning, object, text)
        }
        for event in events {
            if let object = firing[event.namespace] {
                out.event(.danger, event, object, view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
