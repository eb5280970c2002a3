package import CheckModel
package import Findings
package import KubernetesAPI
package import Platform

/// What a file says about one best-practice check: a schema and what it is applied to.
package struct PracticeCheckDefinition: Sendable {
    typealias Related = PracticeCheck.Related
    typealias Relation = PracticeCheck.Relation

    /// As the catalogue, `checks list` and JSON name it.
    package var id: String
    /// As the table and configuration files name it.
    package var alias: String
    var otherNames: [String] = []
    package var level = Severity.warning
    /// Set in a file; else tables print Warning for all.
    package var severity: Severity?
    package var category = ""
    var title: LocalText
    var why: LocalText
    var trigger: LocalText
    package var remedy: LocalText
    var successMessage = ""
    package var failureMessage = ""
    package var target: CheckTarget
    package var controllers = Inclusion()
    package var containers = Inclusion()
    /// Init containers that go on running count as containers.
    var countsSidecars = false
    /// Applied to the pod spec with this one container.
    var seesPodSpec = false
    var schema: SchemaSource?
    /// Failures of instances that it accepts are Info.
    var infoWhen: Schema?
    /// Related objects are looked for only where it accepts the instance.
    var when: Schema?
    var related: [Related] = []
    var relation: Relation?
    var relationKinds: [GroupKind] = []
    /// Kinds that many clusters do not serve, and that count where they are.
    package var optionalKinds: [GroupKind] = []
    /// `limits.cpu`: a LimitRange default of the namespace counts as set.
    var limitRange: String?
    package var mutations: [CheckMutation] = []
    /// A whole manifest that would satisfy it.
    package var manifest = ""
    /// Runs only when named or with `--profile strict`.
    var isOptIn = false
    /// The same, where objects of a cluster are read and not files: its kind often holds what nobody else should read.
    var isOptInOfCluster = false
    /// Values that fail are secrets and are not printed.
    var hidesValues = false
    /// It looks at `kind` or `apiVersion` of a whole object.
    var looksAtType = false
    /// Waits for `allowedRegistries`.
    package var needsRegistries = false
    var isCustom = false
    /// `FILE:LINE:COLUMN`; empty for built-in ones.
    package var place = ""

    init(id: String, place: String, isCustom: Bool) {
        self.id = id
        alias = id
        self.place = place
        self.isCustom = isCustom
        title = LocalText(id, id)
        why = LocalText("", "")
        trigger = LocalText("", "")
        remedy = LocalText("", "")
        target = .controller
    }

    /// Kinds that it names: its target's and its related ones.
    package var namedKinds: [GroupKind] {
        if case .kind(let kind) = target { [kind] + relatedKinds } else { relatedKinds + optionalKinds }
    }

    /// Kinds that it reads beside the audited object.
    var relatedKinds: [GroupKind] {
        related.map(\.kind) + relationKinds + (limitRange == nil ? [] : [GroupKind("/LimitRange")])
    }
}

extension PracticeCheckDefinition {
    /// A check of the user's own, one that a list names, or the one that finds objects which cannot be read as such.
    func isUsersOrNamed(_ names: Set<String>) -> Bool {
        isCustom || relation == .typesFit || names.contains(where: answers)
    }

    func answers(to name: String) -> Bool { id == name || alias == name || otherNames.contains(name) }

    package var description: CheckDescription {
        let entry = CheckEntry(
            id: id, aliases: alias == id ? [] : [alias], table: .workloads, severity: severity ?? level, title: title,
            why: why, when: trigger, remedy: remedy, trouble: "best-practice")
        return CheckDescription(
            entry: entry, needs: targetKinds + relatedKinds.compactMap(\.clusterKind),
            alsoReads: isAboutPods ? [.rollouts] : [])
    }

    /// It looks at pod specs, wherever they are.
    var isAboutPods: Bool { if case .kind = target { false } else { true } }

    var targetKinds: [ClusterKind] {
        if case .kind(let kind) = target { return [kind.clusterKind].compactMap { $0 } }
        return ClusterKind.workloads.filter { kind in
            kind.objectKind.map { controllers.holds($0.kind) } ?? false
        }
    }
}
