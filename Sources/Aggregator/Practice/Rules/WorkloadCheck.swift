package import Findings
package import KubernetesAPI
package import Platform
package import YAML

/// What a check's schema sees (POLARIS.md §3).
package enum CheckTarget: Sendable, Equatable {
    case controller, podTemplate, podSpec, container
    case kind(GroupKind)

    package var name: String {
        switch self {
        case .controller: "Controller"
        case .podTemplate: "PodTemplate"
        case .podSpec: "PodSpec"
        case .container: "Container"
        case .kind(let kind): kind.description
        }
    }
}

/// A list of names that are checked, and one of names that are not, which wins.
package struct Inclusion: Sendable, Equatable {
    package var include: [String] = []
    package var exclude: [String] = []

    func holds(_ name: String) -> Bool {
        !exclude.contains(name) && (include.isEmpty || include.contains(name))
    }
}

/// A schema that is compiled, or becomes one for each object.
enum SchemaSource: Sendable {
    case compiled(Schema)
    /// A text with templates, which is rendered over the audited object, then read as YAML and compiled.
    case template(GoTemplate)
}

/// A change that satisfies a check; `path` is a JSON pointer from the check's instance.
package struct CheckMutation: Sendable, Equatable {
    package var path: String
    /// `add`, `replace` or `remove`.
    package var operation: String
    package var value: Node?
    package var comment: String
}

/// One best-practice check: a schema and what it is applied to.
///
/// A class, because thousands of objects ask it hundreds of times: as a value every look would copy forty fields.
package final class WorkloadCheck: @unchecked Sendable {
    // SAFETY: changed only by the reader that makes it and by a set on copies of its own, before anybody else sees it.

    /// Another object that must be there (POLARIS.md §5).
    struct Related: Sendable {
        var kind: GroupKind
        var schema: SchemaSource
        /// `properties.metadata.properties.name.const`, where the schema has one: candidates are looked up by it.
        var name: GoTemplate?
        /// Its selector decides: candidates are looked up by the pod template's labels.
        var usesSelector = false
    }

    /// What a schema of one object cannot say.
    enum Relation: String, Sendable {
        case budgetFitsAutoscaler
        /// The pod spec has the types that the API takes.
        case typesFit
    }

    /// As the catalogue, `checks list` and JSON name it.
    package var id: String
    /// As the table and configuration files name it.
    package var alias: String
    var otherNames: [String] = []
    package var level = Severity.warning
    /// Set in a file; else tables print Warning for all (CHECKS.md §4).
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
    /// `limits.cpu`: a LimitRange default of the namespace counts as set.
    var limitRange: String?
    package var mutations: [CheckMutation] = []
    /// A whole manifest that would satisfy it.
    package var manifest = ""
    /// Runs only when named or with `--profile strict`.
    var isOptIn = false
    /// Values that fail are secrets: they are not told.
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

    func copy() -> WorkloadCheck {
        let made = WorkloadCheck(id: id, place: place, isCustom: isCustom)
        made.alias = alias
        made.otherNames = otherNames
        made.level = level
        made.severity = severity
        made.category = category
        made.title = title
        made.why = why
        made.trigger = trigger
        made.remedy = remedy
        made.successMessage = successMessage
        made.failureMessage = failureMessage
        made.target = target
        made.controllers = controllers
        made.containers = containers
        made.countsSidecars = countsSidecars
        made.seesPodSpec = seesPodSpec
        made.schema = schema
        made.infoWhen = infoWhen
        made.when = when
        made.related = related
        made.relation = relation
        made.relationKinds = relationKinds
        made.limitRange = limitRange
        made.mutations = mutations
        made.manifest = manifest
        made.isOptIn = isOptIn
        made.hidesValues = hidesValues
        made.looksAtType = looksAtType
        made.needsRegistries = needsRegistries
        return made
    }

    /// Kinds that it names: its target's and its related ones.
    package var namedKinds: [GroupKind] {
        if case .kind(let kind) = target { [kind] + relatedKinds } else { relatedKinds }
    }

    /// Kinds that it reads beside the audited object.
    var relatedKinds: [GroupKind] {
        related.map(\.kind) + relationKinds + (limitRange == nil ? [] : [GroupKind("/LimitRange")])
    }
}
