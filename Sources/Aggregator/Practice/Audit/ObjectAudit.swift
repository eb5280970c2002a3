import Findings
import KubernetesAPI
import Platform

/// Applies the enabled checks to objects, one after the other. Not shared between threads: it keeps caches.
final class ObjectAuditor {
    let set: PracticeCheckSet
    private let enabled: [Int]
    private let kindChecks: [String: [Int]]
    private let keepsFacts: Bool
    private let schemas = SchemaCache()
    /// What applies to objects of a kind, put together at the first of them.
    private var plans: [String: Plan] = [:]
    private var texts: Set<FailureText> = []
    private var exemptions = Exemptions([], ObjectReference(kind: "", name: ""), nil)

    private struct Plan {
        var controller: [Int] = []
        var podTemplate: [Int] = []
        var podSpec: [Int] = []
        /// Of init containers, of those that go on running, and of containers.
        var initContainer: [Int] = []
        var sidecar: [Int] = []
        var container: [Int] = []
    }

    init(_ set: PracticeCheckSet, enabled: [Int]) {
        self.set = set
        self.enabled = enabled
        var kinds: [String: [Int]] = [:]
        for place in enabled {
            if case .kind(let kind) = set.checks[place].target { kinds[kind.kind, default: []].append(place) }
        }
        kindChecks = kinds
        keepsFacts = enabled.contains {
            [.budgetFitsAutoscaler, .policiesCover].contains(set.checks[$0].relation) || !set.checks[$0].related.isEmpty
        }
    }

    private func plan(_ kind: String) -> Plan {
        if let known = plans[kind] { return known }
        var plan = Plan()
        for place in enabled where set.checks[place].controllers.holds(kind) {
            let check = set.checks[place]
            switch check.target {
            case .kind: continue
            case .controller: plan.controller.append(place)
            case .podTemplate: plan.podTemplate.append(place)
            case .podSpec: plan.podSpec.append(place)
            case .container:
                if check.containers.holds("container") { plan.container.append(place) }
                if check.containers.holds("initContainer") { plan.initContainer.append(place) }
                if check.containers.holds(check.countsSidecars ? "container" : "initContainer") {
                    plan.sidecar.append(place)
                }
            }
        }
        plans[kind] = plan
        return plan
    }

    /// An object with what is known of it.
    struct Input {
        var object: JSONView
        var kind: GroupKind
        /// As the API server serialises its own types; else the pod spec is brought into that form first.
        var isTyped: Bool
        /// A pod of the API may have containers that are not its author's.
        var isLive = false
    }

    private static let metadata: JSONKey = "metadata", name: JSONKey = "name", namespace: JSONKey = "namespace"
    private static let uid: JSONKey = "uid", created: JSONKey = "creationTimestamp", spec: JSONKey = "spec"
    private static let replicas: JSONKey = "replicas", annotations: JSONKey = "annotations"
    private static let containers: JSONKey = "containers", initContainers: JSONKey = "initContainers"
    private static let restartPolicy: JSONKey = "restartPolicy", always: JSONKey = "Always"

    /// nil when no check applies to this kind of object, or it is exempt as a whole.
    func audit(_ input: Input) -> AuditRecord? {
        let object = input.object
        let place = PodSpecPlace.find(in: object)
        let own = (kindChecks[input.kind.kind] ?? []).filter {
            guard case .kind(let kind) = set.checks[$0].target else { return false }
            return kind.matches(group: input.kind.group ?? "", kind: input.kind.kind)
        }
        let shapes = place == nil ? ObjectShape.problems(in: object, kind: input.kind.kind) : []
        if place == nil, own.isEmpty, shapes.isEmpty { return nil }
        let metadata = object[Self.metadata]
        let reference = ObjectReference(
            kind: input.kind.kind, namespace: ObjectMetadata.namespace(metadata), name: ObjectMetadata.name(metadata),
            uid: metadata?[Self.uid]?.string ?? "")
        let record = AuditRecord(kind: input.kind, object: reference)
        record.created = metadata?[Self.created]?.string.flatMap { KubernetesTime.parse($0) }
        exemptions = Exemptions(
            set.exemptions, reference, set.allowsAnnotations ? metadata?[Self.annotations] : nil)
        if exemptions.isWhole { return nil }
        guard let place else {
            let context = AuditContext(object: object, place: nil, podSpec: nil)
            run(own, Instance(view: object, root: object, path: ""), context, record)
            if !shapes.isEmpty { noteTypes(shapes, plan(input.kind.kind), record) }
            record.labels = context.labels(object[Self.metadata])
            return record
        }
        if input.isTyped {
            audit(place, place.podSpec, [], input, own, record)
            return record
        }
        let (json, problems) = PodSpecNormaliser.normalised(place.podSpec, at: place.path)
        guard let document = try? JSONDocument(json) else { return record }
        var all = problems
        if !input.isLive {
            all += ObjectMetadata.problems(in: object, at: [])
            if !place.path.isEmpty, place.path != [.key("spec")] {
                all += ObjectMetadata.problems(in: place.template, at: Array(place.path.dropLast()))
            }
        }
        document.withView { audit(place, $0, all, input, own, record) }
        return record
    }

    private func audit(
        _ place: PodSpecPlace, _ podSpec: JSONView, _ problems: [PodSpecNormaliser.Problem], _ input: Input,
        _ own: [Int], _ record: AuditRecord
    ) {
        let object = input.object, plan = plan(input.kind.kind)
        let context = AuditContext(object: object, place: place, podSpec: podSpec)
        run(own + plan.controller, Instance(view: object, root: object, path: ""), context, record)
        let template = InstancePath.text(Array(place.path.dropLast()))
        run(plan.podTemplate, Instance(view: place.template, root: podSpec, path: template), context, record)
        let specPath = InstancePath.text(place.path)
        noteTypes(problems, plan, record)
        let spec = Instance(view: podSpec, root: podSpec, path: specPath)
        run(plan.podSpec, spec, context, record)
        let isPod = input.isLive && input.kind.kind == "Pod"
        let injected = isPod ? InjectedContainers.names(in: object) : []
        for (list, isInit) in [(Self.initContainers, true), (Self.containers, false)] {
            guard let all = podSpec[list], all.kind == .array else { continue }
            for (index, container) in all.elements.enumerated() {
                let name = container[Self.name]?.string ?? ""
                if injected.contains(name) { continue }
                context.container = container
                let path = InstancePath.text([.key(list.text), .index(index)], after: specPath)
                let isSidecar = isInit && container[Self.restartPolicy]?.equals(Self.always) ?? false
                let checks = isSidecar ? plan.sidecar : isInit ? plan.initContainer : plan.container
                let instance = Instance(view: container, root: podSpec, path: path, container: name)
                run(checks.filter { !set.checks[$0].seesPodSpec }, instance, context, record)
                runAlone(checks.filter { set.checks[$0].seesPodSpec }, instance, spec, context, record)
            }
        }
        context.container = nil
        record.labels = context.labels(object[Self.metadata])
        if keepsFacts {
            // One dictionary for both, as most workloads have it.
            record.podLabels = context.podTemplateLabels
            if record.podLabels == record.labels { record.labels = record.podLabels }
            record.replicas = object[Self.spec]?[Self.replicas]?.integer
        }
    }

    private func noteTypes(_ problems: [PodSpecNormaliser.Problem], _ plan: Plan, _ record: AuditRecord) {
        for check in plan.podSpec where set.checks[check].relation == .typesFit {
            if exemptions.holds(set.checks[check], container: nil) { continue }
            record.applied.insert(check)
            for problem in problems {
                note(check, container: "", InstancePath.text(problem.path), "", problem.message, isInfo: false, record)
            }
        }
    }

    // MARK: Checks

    /// What a schema sees, and where it is.
    private struct Instance {
        var view: JSONView
        /// Where names of containers are looked up for paths that lead into one.
        var root: JSONView
        /// From the object's root.
        var path: String
        /// The container that it is; nil where it is none.
        var container: String?
        /// Paths that begin so lie in truth elsewhere.
        var moved: (from: String, to: String)?
    }

    /// Applies checks to the pod spec with one container alone.
    private func runAlone(
        _ checks: [Int], _ container: Instance, _ spec: Instance, _ context: AuditContext, _ record: AuditRecord
    ) {
        if checks.isEmpty { return }
        var text = JSONText()
        text.raw("{\"containers\":[")
        text.value(container.view)
        text.raw("]")
        for (key, value) in spec.view.members where !key.equals(Self.containers) && !key.equals(Self.initContainers) {
            text.raw(",")
            text.value(key)
            text.raw(":")
            text.value(value)
        }
        text.raw("}")
        guard let document = try? JSONDocument(text.bytes) else { return }
        let first = InstancePath.text([.key(Self.containers.text), .index(0)], after: spec.path)
        document.withView { view in
            let instance = Instance(
                view: view, root: view, path: spec.path, container: container.container,
                moved: (from: first, to: container.path))
            run(checks, instance, context, record)
        }
    }

    private func run(_ checks: [Int], _ instance: Instance, _ context: AuditContext, _ record: AuditRecord) {
        for place in checks {
            if !exemptions.isEmpty, exemptions.holds(set.checks[place], container: instance.container) { continue }
            run(place, instance, context, record)
        }
    }

    private func run(_ place: Int, _ instance: Instance, _ context: AuditContext, _ record: AuditRecord) {
        let check = set.checks[place]
        record.applied.insert(place)
        if let source = check.schema, let schema = compiled(source, context) {
            var validator = SchemaValidator(context: context)
            if !validator.isValid(schema, instance.view) {
                fail(place, check, schema, instance, &validator, context, record)
                return
            }
        }
        if let problem = context.takeProblem() {
            record.problems[place] = problem
            return
        }
        if check.relation == .budgetFitsAutoscaler || check.relation == .policiesCover {
            record.relations.append(place)
        }
        if !check.related.isEmpty { relate(place, check, instance.view, context, record) }
    }

    private func fail(
        _ place: Int, _ check: PracticeCheck, _ schema: Schema, _ instance: Instance,
        _ validator: inout SchemaValidator, _ context: AuditContext, _ record: AuditRecord
    ) {
        if validator.isExhausted {
            record.problems[place] = "the schema takes too many steps; it was aborted"
            return
        }
        if let problem = context.takeProblem() {
            record.problems[place] = problem
            return
        }
        let isInfo = check.infoWhen.map { validator.isValid($0, instance.view) } ?? false
        for failure in validator.explain(schema, instance.view) {
            let container = instance.container ?? container(of: failure.path, in: instance.root)
            if !exemptions.isEmpty, !container.isEmpty, exemptions.holds(check, container: container) { continue }
            var path = InstancePath.text(failure.path, after: instance.path)
            if let moved = instance.moved, path.hasPrefix(moved.from) {
                path = moved.to + path.dropFirst(moved.from.count)
            }
            let isHidden = check.hidesValues
            note(
                place, container: container, path, isHidden ? "" : failure.value, isHidden ? "" : failure.message,
                isInfo: isInfo, record)
        }
        _ = context.takeProblem()
    }

    private func note(
        _ place: Int, container: String, _ path: String, _ value: String, _ message: String, isInfo: Bool,
        _ record: AuditRecord
    ) {
        var text = FailureText(container: container, path: path, value: value, message: message)
        // Charts are installed many times: most failures are the same, word for word.
        if texts.count >= 65_536 { texts = [] }
        text = texts.insert(text).memberAfterInsert
        record.failures.append(AuditFailure(check: place, text: text, isInfo: isInfo))
    }

    private func relate(
        _ place: Int, _ check: PracticeCheck, _ instance: JSONView, _ context: AuditContext, _ record: AuditRecord
    ) {
        if let when = check.when {
            var validator = SchemaValidator(context: context)
            if !validator.isValid(when, instance) { return }
        }
        for (index, related) in check.related.enumerated() {
            var pending = PendingRelation(check: place, related: index, rendered: [])
            switch related.schema {
            case .compiled(let schema): pending.rendered = schema.templates.map { context.render($0) ?? "" }
            case .template(let template):
                guard let text = context.render(template), text.contains(where: { !$0.isWhitespace }) else { continue }
                pending.schemaText = text
            }
            pending.name = related.name.flatMap { context.render($0) }
            record.pending.append(pending)
        }
        if let problem = context.takeProblem() { record.problems[place] = problem }
    }

    private func compiled(_ source: SchemaSource, _ context: AuditContext) -> Schema? {
        switch source {
        case .compiled(let schema): return schema
        case .template(let template):
            guard let text = context.render(template) else { return nil }
            switch schemas.schema(text) {
            case .success(let schema): return schema
            case .failure(let error):
                context.note("the rendered schema: \(error)")
                return nil
            }
        }
    }

    /// The container that a path within a pod spec or template leads into.
    private func container(of path: [PathStep], in podSpec: JSONView) -> String {
        for (step, next) in zip(path, path.dropFirst()) {
            guard case .key(let key) = step, key == "containers" || key == "initContainers",
                case .index(let index) = next
            else { continue }
            let list = podSpec[key == "containers" ? Self.containers : Self.initContainers]
            return list?.elements.dropFirst(index).first { _ in true }?[Self.name]?.string ?? ""
        }
        return ""
    }
}

/// What is left out at one object: by a file's exemptions, and by annotations
/// (`polaris.fairwinds.com/exempt` and those of single checks).
struct Exemptions {
    private let entries: [PracticeCheckFile.Exemption]
    private let annotations: JSONView?
    private let hasOwn: Bool
    /// The object as a whole.
    let isWhole: Bool

    /// Nothing is left out.
    var isEmpty: Bool { entries.isEmpty && !hasOwn }

    init(_ all: [PracticeCheckFile.Exemption], _ object: ObjectReference, _ annotations: JSONView?) {
        self.annotations = annotations
        entries = all.filter { entry in
            (entry.namespaces.isEmpty || entry.namespaces.contains { Glob.matches($0, object.namespace) })
                && (entry.controllers.isEmpty || entry.controllers.contains { object.name.hasPrefix($0) })
        }
        let own = annotations?.members.contains { key, _ in (key.string ?? "").hasSuffix("exempt") } ?? false
        hasOwn = own
        isWhole =
            own
            && Self.domains.contains { Self.isSet(annotations?.member(named: "\($0)exempt"), in: $0) }
    }

    private static let polaris = "polaris.fairwinds.com/", ours = "ke.io/"
    private static let domains = [polaris, ours]

    /// In Polaris' domain "true" alone exempts, as there; in ours a reason does too.
    private static func isSet(_ value: JSONView?, in domain: String) -> Bool {
        guard let text = value?.string else { return value?.bool ?? false }
        if domain == polaris { return text.lowercased() == "true" }
        return !text.isEmpty && text.lowercased() != "false"
    }

    /// - Parameter container: nil: the object itself.
    func holds(_ check: PracticeCheck, container: String?) -> Bool {
        if hasOwn {
            for name in [check.alias, check.id] {
                for domain in Self.domains
                where Self.isSet(annotations?.member(named: "\(domain)\(name)-exempt"), in: domain) { return true }
            }
        }
        return entries.contains { entry in
            (entry.rules.isEmpty || entry.rules.contains { check.answers(to: $0) })
                && (entry.containers.isEmpty
                    || container.map { name in entry.containers.contains { name.hasPrefix($0) } } ?? false)
        }
    }
}
