import Findings
import KubernetesAPI
import Platform

/// What an object fails beside other objects: related ones, budgets, limit ranges. Its look-ups are made once per
/// evaluation.
final class PracticeRelations {
    private let evaluator: PracticeEvaluator
    private var related: [GroupKind: RelatedObjects] = [:]
    private let schemas = SchemaCache()
    /// By namespace.
    private var blind: [String: CheckBits] = [:]
    private lazy var limits: [String: Set<String>] = readLimits()
    /// Objects with a record, without their UIDs, which owner references of ours have not.
    private lazy var audited: Set<ObjectReference> = Set(
        evaluator.table.kinds.values.flatMap(\.records.values).map {
            ObjectReference(kind: $0.object.kind, namespace: $0.object.namespace, name: $0.object.name)
        })
    private lazy var autoscalers: [String: Int] = readAutoscalers()

    init(_ evaluator: PracticeEvaluator) { self.evaluator = evaluator }

    private func objects(_ kind: GroupKind) -> RelatedObjects {
        if let known = related[kind] { return known }
        let audits = evaluator.table.kinds.filter { kind.matches(group: $0.key.group ?? "", kind: $0.key.kind) }
        let objects = RelatedObjects(audits.sorted { $0.key.description < $1.key.description }.map(\.value))
        related[kind] = objects
        return objects
    }

    /// Its controller is audited itself.
    func isFolded(_ record: AuditRecord) -> Bool {
        guard let owner = record.owner else { return false }
        return audited.contains(owner)
    }

    /// Checks that only related objects decide about, where those were not all read. Their failures are not reported,
    /// and they do not pass.
    func unseen(for record: AuditRecord) -> CheckBits {
        let namespace = record.object.namespace
        if let known = blind[namespace] { return known }
        var bits = CheckBits()
        for (place, check) in evaluator.set.checks.enumerated()
        where !check.relatedKinds.allSatisfy({ evaluator.isComplete($0, namespace) }) { bits.insert(place) }
        blind[namespace] = bits
        return bits
    }

    /// A LimitRange of the namespace sets what is missing, or one that was not read may.
    func hasLimit(_ failure: AuditFailure, _ record: AuditRecord) -> Bool {
        guard let name = evaluator.set.checks[failure.check].limitRange else { return false }
        if !evaluator.isComplete(GroupKind("/LimitRange"), record.object.namespace) { return true }
        return limits[record.object.namespace]?.contains(name) ?? false
    }

    func failures(of record: AuditRecord) -> [AuditFailure] {
        var failures: [AuditFailure] = []
        let unseen = unseen(for: record)
        for pending in record.pending
        where !unseen.contains(pending.check) && !failures.contains(where: { $0.check == pending.check }) {
            let related = evaluator.set.checks[pending.check].related[pending.related]
            if !holds(pending, related, record) {
                let name = pending.name.map { " named \($0)" } ?? ""
                failures.append(
                    AuditFailure(
                        check: pending.check,
                        text: FailureText(message: "no \(related.kind.kind)\(name) meets the check"))
                )
            }
        }
        for check in record.relations where !unseen.contains(check) {
            let message =
                evaluator.set.checks[check].relation == .policiesCover ? policyProblem(record) : budgetProblem(record)
            if let message { failures.append(AuditFailure(check: check, text: FailureText(message: message))) }
        }
        return failures
    }

    private func holds(_ pending: PendingRelation, _ related: PracticeCheck.Related, _ record: AuditRecord) -> Bool {
        let schema: Schema
        switch related.schema {
        case .compiled(let compiled): schema = compiled
        case .template:
            // A text that is not a valid schema is no failure of the object.
            guard case .success(let compiled?) = schemas.schema(pending.schemaText ?? "") else { return true }
            schema = compiled
        }
        let context = RenderedContext(
            schema: schema, rendered: pending.rendered, podTemplateLabels: record.podLabels)
        return objects(related.kind).contains(
            namespace: record.object.namespace, name: pending.name,
            labels: related.usesSelector ? record.podLabels : nil
        ) { candidate in
            var validator = SchemaValidator(context: context)
            return validator.isValid(schema, candidate)
        }
    }

    // MARK: Budgets and autoscalers

    private static let spec: JSONKey = "spec", metadata: JSONKey = "metadata", namespace: JSONKey = "namespace"
    private static let target: JSONKey = "scaleTargetRef", kind: JSONKey = "kind", name: JSONKey = "name"
    private static let minimum: JSONKey = "minReplicas", available: JSONKey = "minAvailable",
        selector: JSONKey = "selector"
    private static let limits: JSONKey = "limits", type: JSONKey = "type", container: JSONKey = "Container"
    private static let defaults: JSONKey = "default", requests: JSONKey = "defaultRequest"

    private func readAutoscalers() -> [String: Int] {
        var found: [String: Int] = [:]
        for space in spaces(of: GroupKind("autoscaling/HorizontalPodAutoscaler")) {
            objects(GroupKind("autoscaling/HorizontalPodAutoscaler")).forEach(in: space) { object in
                let target = object[Self.spec]?[Self.target]
                guard target?[Self.kind]?.string == "Deployment", let name = target?[Self.name]?.string else {
                    return
                }
                // Without a number of its own it says nothing that a budget could exceed.
                guard let least = object[Self.spec]?[Self.minimum]?.integer else { return }
                found["\(space)/\(name)"] = least
            }
        }
        return found
    }

    private func spaces(of kind: GroupKind) -> Set<String> {
        Set(
            evaluator.table.kinds.filter { kind.matches(group: $0.key.group ?? "", kind: $0.key.kind) }.flatMap {
                $0.value.kept.keys.map(\.namespace)
            })
    }

    /// A budget of the deployment asks for more pods than its autoscaler keeps.
    private func budgetProblem(_ record: AuditRecord) -> String? {
        guard let least = autoscalers["\(record.object.namespace)/\(record.object.name)"] else { return nil }
        var problem: String?
        _ = objects(GroupKind("policy/PodDisruptionBudget")).contains(
            namespace: record.object.namespace, name: nil, labels: record.podLabels
        ) { budget in
            guard let spec = budget[Self.spec], let selector = spec[Self.selector],
                SelectorMatch.matches(selector, record.podLabels), let value = spec[Self.available]
            else { return false }
            var wanted = value.integer
            if let text = value.string {
                if text.hasSuffix("%"), let percent = Double(text.dropLast()) {
                    // Of how many is not said where replicas are left to the autoscaler.
                    wanted = record.replicas.map { Int(saturating: (Double($0) * percent / 100).rounded(.up)) }
                } else {
                    wanted = Int(text)
                }
            }
            guard let wanted, wanted > least else { return false }
            problem =
                "minAvailable \(value.string ?? "\(wanted)") asks for \(counted(wanted, "pod")); minReplicas is \(least)"
            return true
        }
        return problem
    }

    // MARK: Network policies

    /// The policies of all kinds that select the pods leave a direction open; nil also where some were not read.
    private func policyProblem(_ record: AuditRecord) -> String? {
        guard evaluator.unread.isDisjoint(with: Self.policyKinds) else { return nil }
        var coverage = PolicyCoverage()
        for kind in Self.policyKinds {
            _ = objects(kind).contains(namespace: record.object.namespace, name: nil, labels: record.podLabels) {
                coverage.add(
                    $0, group: kind.group ?? "", namespace: record.object.namespace, labels: record.podLabels)
                return coverage.isWhole
            }
            if coverage.isWhole { return nil }
        }
        if !coverage.ingress, !coverage.egress { return "no network policy selects its pods with rules for them" }
        return "no network policy limits its \(coverage.ingress ? "outgoing" : "incoming") traffic"
    }

    private static let policyKinds = [
        "networking.k8s.io/NetworkPolicy", "cilium.io/CiliumNetworkPolicy",
        "cilium.io/CiliumClusterwideNetworkPolicy", "crd.projectcalico.org/NetworkPolicy",
        "crd.projectcalico.org/GlobalNetworkPolicy", "projectcalico.org/NetworkPolicy",
        "projectcalico.org/GlobalNetworkPolicy",
    ].map { GroupKind($0) }

    private func readLimits() -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        let kind = GroupKind("/LimitRange")
        for space in spaces(of: kind) {
            objects(kind).forEach(in: space) { range in
                guard let items = range[Self.spec]?[Self.limits] else { return }
                for item in items.elements where item[Self.type]?.equals(Self.container) ?? false {
                    for (key, prefix) in [(Self.defaults, "limits."), (Self.requests, "requests.")] {
                        guard let values = item[key] else { continue }
                        for (name, _) in values.members {
                            found[space, default: []].insert(prefix + (name.string ?? ""))
                            // A default limit is a default request too.
                            if prefix == "limits." {
                                found[space, default: []].insert("requests." + (name.string ?? ""))
                            }
                        }
                    }
                }
            }
        }
        return found
    }
}
