import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct ClaimCheck: EventCheck {
    let id = "PVCPendingOrLost"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.persistentvolumeclaims]
    let alsoReads: [ClusterKind] = [.storageclasses, .pods, .events]

    let claims = [EventClaim(reasons: ["ProvisioningFailed", "FailedBinding"], kinds: ["PersistentVolumeClaim"])]

    /// Whether its class waits for a pod is known: the class was read, or there is none. A claim that a pod uses waits
    /// for nothing else.
    private func isClassKnown(_ claim: ClaimRecord, _ kind: StorageClassRecord?, _ view: ClusterView) -> Bool {
        kind != nil || claim.storageClass == "" || view.isComplete(.storageclasses)
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.persistentvolumeclaims)
        let standard = view.index.storageclasses.records.first { $0.isDefault }
        var bad: Set<String> = []
        for claim in view.records(view.index.persistentvolumeclaims) {
            let key = "\(claim.namespace)/\(claim.name)"
            switch claim.phase {
            case "Lost":
                bad.insert(key)
                out.state(
                    .danger, claim.metadata.reference("PersistentVolumeClaim"), reason: "Lost",
                    "the volume of this claim is gone")
            case "Pending":
                let kind = claim.storageClass.map { view.index.storageclasses[$0] } ?? standard
                let age = now.seconds(since: claim.metadata.created ?? now.time)
                let isUnused = view.pods(in: claim.namespace) { $0.claims.contains(claim.name) }.isEmpty
                let waits = kind?.waitsForConsumer == true && isUnused
                if age <= view.threshold(id, "minutes", namespace: claim.namespace, object: claim.name) * 60
                    || waits && view.isComplete(.pods, in: claim.namespace)
                {
                    out.healthy()
                    continue
                }
                // A pod that was not read may use it.
                if waits { continue }
                if isUnused, !isClassKnown(claim, kind, view) { continue }
                bad.insert(key)
                var text = "Pending for \(GoDuration.brief(age))"
                if let name = claim.storageClass, !name.isEmpty, kind == nil, view.isComplete(.storageclasses) {
                    text += ": there is no StorageClass '\(name)'"
                } else if claim.storageClass == nil, standard == nil, view.isComplete(.storageclasses) {
                    text += ": it names no StorageClass and there is no default one"
                }
                out.state(
                    .danger, claim.metadata.reference("PersistentVolumeClaim"), reason: "Pending", text,
                    since: claim.metadata.created)
            default: out.healthy()
            }
        }
        for event in view.warnings(of: id) {
            if bad.contains("\(event.involved.namespace)/\(event.involved.name)"),
                let claim = view.index.persistentvolumeclaims[event.involved.namespace, event.involved.name]
            {
                out.event(.danger, event, claim.metadata.reference("PersistentVolumeClaim"), view)
            } else {
                out.add(WarningEventCheck.plain(event, view))
            }
        }
    }
}
