import Shared

struct ClaimCheck: EventCheck {
    let description = CheckDescription(
        id: "PVCPendingOrLost", table: .events, severity: .danger,
        title: .init("volume claims are bound", "存储卷声明已绑定"),
        why: .init(
            "Pods that use the claim cannot start; a lost one has lost its volume.", "使用该声明的 Pod 无法启动；Lost 表示底层卷已丢失。"),
        trigger: .init(
            "Pending for more than 5 min (not while a WaitForFirstConsumer class waits for a pod), or Lost.",
            "Pending 超过 5 分钟（WaitForFirstConsumer 且无 Pod 使用时除外），或 Lost。"),
        remedy: .init(
            "kubectl describe pvc: the class is missing, the provisioner is down, or no volume fits. Lost: restore the volume or delete the claim.",
            "kubectl describe pvc：存储类缺失、供应器故障或无匹配卷。Lost：恢复卷或删除声明。"),
        needs: [.persistentvolumeclaims], alsoReads: [.storageclasses, .pods, .events],
        thresholds: [.init(name: "minutes", value: 5, meaning: .init("minutes pending", "Pending 分钟数"))])

    let claims = [EventClaim(reasons: ["ProvisioningFailed", "FailedBinding"], kinds: ["PersistentVolumeClaim"])]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.persistentvolumeclaims)
        let used = Set(view.index.pods.records.flatMap { pod in pod.claims.map { "\(pod.namespace)/\($0)" } })
        let standard = view.index.storageclasses.records.first { $0.isDefault }
        var bad: Set<String> = []
        for claim in view.index.persistentvolumeclaims.records {
            let key = "\(claim.namespace)/\(claim.name)"
            switch claim.phase {
            case "Lost":
                bad.insert(key)
                out.state(
                    .danger, claim.metadata.reference("PersistentVolumeClaim"), reason: "Lost",
                    "the volume of this claim is gone")
            case "Pending":
                let kind = claim.storageClass.map { view.index.storageclasses[$0] } ?? standard
                let age = claim.metadata.created.map { now.seconds(since: $0) } ?? 0
                let waits = kind?.waitsForConsumer == true && !used.contains(key) && view.isComplete(.pods)
                if age <= view.threshold(description, "minutes", namespace: claim.namespace, object: claim.name) * 60
                    || waits
                {
                    out.healthy()
                    continue
                }
                bad.insert(key)
                var text = "Pending for \(GoDuration.brief(age))"
                if let name = claim.storageClass, !name.isEmpty, kind == nil, view.isComplete(.storageclasses) {
                    text += ": there is no StorageClass '\(name)'"
                } else if claim.storageClass == nil, standard == nil, view.isComplete(.storageclasses),
                    view.index.states[.storageclasses] != nil
                {
                    text += ": it names no StorageClass and there is no default one"
                }
                out.state(
                    .danger, claim.metadata.reference("PersistentVolumeClaim"), reason: "Pending", text,
                    since: claim.metadata.created)
            default: out.healthy()
            }
        }
        for event in view.warnings(of: description.id) {
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
