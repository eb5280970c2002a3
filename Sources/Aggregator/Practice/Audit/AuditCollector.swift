import Findings
import KubernetesAPI

/// What is audited, and with which checks: makes a collector for each kind that is read.
package struct PracticeAuditor: Sendable {
    let set: PracticeCheckSet
    let enabled: [Int]
    private let audited: Set<String>
    private let auditsPods: Bool
    private let kept: Set<GroupKind>
    /// Kinds of which whole objects are looked at by `kind` or `apiVersion`, which lists of the API leave out; nil
    /// stands for all kinds with pods.
    private let typed: Set<String?>

    package init(_ set: PracticeCheckSet, enabled: [Int]) {
        self.set = set
        self.enabled = enabled
        let checks = enabled.map { set.checks[$0] }
        auditsPods = checks.contains(where: \.isAboutPods)
        audited = Set(checks.compactMap { if case .kind(let kind) = $0.target { kind.kind } else { nil } })
        kept = Set(checks.flatMap { $0.relatedKinds + $0.optionalKinds })
        typed = Set(
            checks.filter(\.looksAtType).map { if case .kind(let kind) = $0.target { kind.kind } else { nil } })
    }

    var isEmpty: Bool { enabled.isEmpty }

    func keeps(_ kind: GroupKind) -> Bool {
        kept.contains { $0.matches(group: kind.group ?? "", kind: kind.kind) }
    }

    func needsTypes(_ kind: GroupKind) -> Bool { typed.contains(kind.kind) || typed.contains(nil) }

    func audits(_ kind: GroupKind, hasPods: Bool) -> Bool { auditsPods && hasPods || audited.contains(kind.kind) }

    /// nil where nothing of this kind is looked at.
    func collector(for kind: ClusterKind) -> AuditCollector? {
        guard let name = kind.objectKind else { return nil }
        let hasPods = ClusterKind.workloads.contains(kind) || kind == .rollouts
        guard audits(name, hasPods: hasPods) || keeps(name) else { return nil }
        return AuditCollector(
            self, kind: name, audits: audits(name, hasPods: hasPods), isLive: true, isTyped: kind != .rollouts)
    }

    /// Kinds beside the cluster's own that checks of users name.
    var otherKinds: [GroupKind] {
        Set(enabled.flatMap { set.checks[$0].namedKinds }).filter { $0.clusterKind == nil }
            .sorted { $0.description < $1.description }
    }
}

/// Audits the objects of one kind page by page, and keeps what other objects relate to.
final class AuditCollector {
    let kind: GroupKind
    private let auditor: ObjectAuditor
    private let audits: Bool
    private let keeps: Bool
    private let isLive: Bool
    private let isTyped: Bool
    private let needsTypes: Bool
    private(set) var audit = KindAudit()

    private static let metadata: JSONKey = "metadata", name: JSONKey = "name", namespace: JSONKey = "namespace"
    private static let owners: JSONKey = "ownerReferences", controller: JSONKey = "controller", kind: JSONKey = "kind"
    private static let version: JSONKey = "apiVersion", status: JSONKey = "status", phase: JSONKey = "phase"
    private static let spec: JSONKey = "spec", replicas: JSONKey = "replicas", managed: JSONKey = "managedFields"
    private static let annotations: JSONKey = "annotations"
    private static let lastApplied: JSONKey = "kubectl.kubernetes.io/last-applied-configuration"
    private static let succeeded: JSONKey = "Succeeded", failed: JSONKey = "Failed", items: JSONKey = "items"

    /// Controllers whose own template is audited in place of what they made.
    static let templated: Set<String> = [
        "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController",
    ]

    init(_ auditor: PracticeAuditor, kind: GroupKind, audits: Bool, isLive: Bool, isTyped: Bool) {
        self.kind = kind
        self.auditor = ObjectAuditor(auditor.set, enabled: auditor.enabled)
        self.audits = audits
        self.isLive = isLive
        self.isTyped = isTyped
        keeps = auditor.keeps(kind)
        needsTypes = auditor.needsTypes(kind)
    }

    func add(page: JSONValue) {
        for item in page["items"]?.view.elements ?? page.view.elements { add(item) }
    }

    func restart() { audit = KindAudit() }

    /// - Parameter origin: where it stands in files.
    func add(_ object: JSONView, origin: ManifestOrigin? = nil) {
        guard var key = Self.key(object) else { return }
        if let origin { key.place = origin.place(of: "") }
        if keeps { audit.kept[key] = Self.trimmed(object) }
        guard audits else { return }
        let owner = Self.owner(object)
        if isLive, !isOnesOwn(object, owner) { return }
        var record: AuditRecord?
        if isLive, needsTypes, object[Self.kind] == nil {
            record = (try? JSONDocument(typed(object)))?.withView { audited($0) }
        } else {
            record = audited(object)
        }
        guard let record else { return }
        record.owner = owner
        record.origin = origin
        audit.records[key] = record
    }

    private func audited(_ object: JSONView) -> AuditRecord? {
        auditor.audit(.init(object: object, kind: kind, isTyped: isTyped, isLive: isLive))
    }

    static func key(_ object: JSONView) -> AuditKey? {
        guard let metadata = object[metadata], metadata.kind == .object else { return nil }
        return AuditKey(namespace: ObjectMetadata.namespace(metadata), name: ObjectMetadata.name(metadata))
    }

    /// The controller above; a node, which static pods have, is none.
    private static func owner(_ object: JSONView) -> ObjectReference? {
        guard let owners = object[metadata]?[owners] else { return nil }
        for owner in owners.elements where owner[controller]?.bool ?? false {
            let kind = owner[self.kind]?.string ?? ""
            if kind == "Node" { return nil }
            return ObjectReference(
                kind: kind, namespace: object[metadata]?[namespace]?.string ?? "", name: owner[name]?.string ?? "")
        }
        return nil
    }

    /// Not made by a controller that is audited itself, and not over.
    private func isOnesOwn(_ object: JSONView, _ owner: ObjectReference?) -> Bool {
        if let owner {
            if Self.templated.contains(owner.kind) { return false }
            // Old revisions of a controller of another kind.
            if kind.kind == "ReplicaSet", object[Self.spec]?[Self.replicas]?.integer == 0 { return false }
        }
        guard kind.kind == "Pod", let phase = object[Self.status]?[Self.phase] else { return true }
        return !phase.equals(Self.succeeded) && !phase.equals(Self.failed)
    }

    /// Without what the server keeps for itself, which is most of a small object, and without the copy of the whole
    /// that `kubectl apply` leaves in an annotation.
    private static func trimmed(_ object: JSONView) -> [UInt8] {
        var text = JSONText()
        text.members(object, where: { key, _ in !key.equals(status) }) { text, key, value in
            guard key.equals(metadata), value.kind == .object else { return text.value(value) }
            text.members(value, where: { name, _ in !name.equals(managed) }) { text, name, member in
                guard name.equals(annotations), member.kind == .object else { return text.value(member) }
                text.members(member, where: { note, _ in !note.equals(lastApplied) }) { $0.value($2) }
            }
        }
        return text.bytes
    }

    private func typed(_ object: JSONView) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"kind\":")
        text.string(kind.kind)
        text.raw(",\"apiVersion\":")
        let place = kind.clusterKind?.places.first
        text.string(place.map { $0.group.isEmpty ? $0.version : "\($0.group)/\($0.version)" } ?? "v1")
        for (key, value) in object.members {
            text.raw(",")
            text.value(key)
            text.raw(":")
            text.value(value)
        }
        text.raw("}")
        return text.bytes
    }
}
