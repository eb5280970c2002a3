import Shared

/// Applies the enabled checks to objects, one after the other. Not shared between threads: it keeps caches.
final class ObjectAuditor {
    let set: WorkloadCheckSet
    private let containerChecks: [Int]
    private let podSpecChecks: [Int]
    private let podTemplateChecks: [Int]
    private let controllerChecks: [Int]
    private let kindChecks: [String: [Int]]
    private let schemas = SchemaCache()
    private var texts: [String: String] = [:]
    private let keepsFacts: Bool
    private var exemptions = Exemptions([], .init(kind: "", namespace: "", name: "", uid: ""), nil)

    init(_ set: WorkloadCheckSet, enabled: [Int]) {
        self.set = set
        var byTarget: [String: [Int]] = [:]
        var kinds: [String: [Int]] = [:]
        for place in enabled {
            if case .kind(let kind) = set.checks[place].target {
                kinds[kind.kind, default: []].append(place)
            } else {
                byTarget[set.checks[place].target.name, default: []].append(place)
            }
        }
        containerChecks = byTarget["Container"] ?? []
        podSpecChecks = byTarget["PodSpec"] ?? []
        podTemplateChecks = byTarget["PodTemplate"] ?? []
        controllerChecks = byTarget["Controller"] ?? []
        kindChecks = kinds
        keepsFacts = enabled.contains {
            set.checks[$0].relation == .budgetFitsAutoscaler || !set.checks[$0].related.isEmpty
        }
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
        let own = kindChecks[input.kind.kind, default: []].filter {
            if case .kind(let kind) = set.checks[$0].target {
                kind.matches(group: input.kind.group ?? "", kind: input.kind.kind)
            } else {
                false
            }
        }
        if place == nil, own.isEmpty { return nil }
        let metadata = object[Self.metadata]
        let namespace = intern(metadata?[Self.namespace]?.string ?? "")
        let reference = ObjectReference(
            kind: input.kind.kind, namespace: namespace, name: metadata?[Self.name]?.string ?? "",
            uid: metadata?[Self.uid]?.string ?? "")
        let record = AuditRecord(kind: input.kind, object: reference)
        record.created = metadata?[Self.created]?.string.flatMap { KubernetesTime.parse($0) }
        exemptions = Exemptions(set.exemptions, reference, metadata?[Self.annotations])
        if exemptions.isWhole { return nil }
        guard let place else {
            let context = AuditContext(object: object, place: nil, podSpec: nil)
            for check in own where !exemptions.holds(set.checks[check], container: nil) {
                run(check, on: object, root: object, at: [], context, record)
            }
            return record
        }
        if input.isTyped {
            audit(place, place.podSpec, [], input, own, record)
            return record
        }
        let (json, problems) = PodSpecNormaliser.normalised(place.podSpec, at: place.path)
        guard let document = try? JSONDocument(json) else { return record }
        document.withView { audit(place, $0, problems, input, own, record) }
        return record
    }

    private func audit(
        _ place: PodSpecPlace, _ podSpec: JSONView, _ problems: [PodSpecNormaliser.Problem], _ input: Input,
        _ own: [Int],
        _ record: AuditRecord
    ) {
        let object = input.object, kind = input.kind.kind
        let context = AuditContext(object: object, place: place, podSpec: podSpec)
        func applies(_ check: Int) -> Bool {
            set.checks[check].controllers.holds(kind) && !exemptions.holds(set.checks[check], container: nil)
        }
        for check in own where !exemptions.holds(set.checks[check], container: nil) {
            run(check, on: object, root: object, at: [], context, record)
        }
        for check in controllerChecks where applies(check) {
            run(check, on: object, root: object, at: [], context, record)
        }
        let above = Array(place.path.dropLast())
        for check in podTemplateChecks where applies(check) {
            run(check, on: place.template, root: podSpec, at: above, context, record)
        }
        for check in podSpecChecks where applies(check) {
            if set.checks[check].relation == .typesFit {
                record.applied.insert(check)
                record.failures += problems.map {
                    AuditFailure(check: check, path: intern(InstancePath.text($0.path)), message: $0.message)
                }
            } else {
                run(check, on: podSpec, root: podSpec, at: place.path, context, record)
            }
        }
        let injected = input.isLive && kind == "Pod" ? InjectedContainers.names(in: object) : []
        for (list, isInit) in [(Self.initContainers, true), (Self.containers, false)] {
            guard let all = podSpec[list], all.kind == .array else { continue }
            for (index, container) in all.elements.enumerated() {
                let name = intern(container[Self.name]?.string ?? "")
                if injected.contains(name) { continue }
                context.container = container
                let isSidecar = isInit && container[Self.restartPolicy]?.equals(Self.always) ?? false
                for check in containerChecks where applies(check) {
                    let one = set.checks[check]
                    guard
                        one.containers.holds(
                            isInit && !(isSidecar && one.countsSidecars) ? "initContainer" : "container"),
                        !exemptions.holds(one, container: name)
                    else { continue }
                    runContainer(
                        check, container, name, place.path + [.key(list.text), .index(index)], podSpec, context, record
                    )
                }
            }
        }
        context.container = nil
        if keepsFacts {
            record.podLabels = context.podTemplateLabels
            record.replicas = object[Self.spec]?[Self.replicas]?.integer
        }
    }

    // MARK: One check

    private func runContainer(
        _ check: Int, _ container: JSONView, _ name: String, _ path: [PathStep], _ podSpec: JSONView,
        _ context: AuditContext, _ record: AuditRecord
    ) {
        let before = record.failures.count
        if set.checks[check].seesPodSpec {
            // The pod spec with this container alone.
            var text = JSONText()
            text.raw("{\"containers\":[")
            text.value(container)
            text.raw("]")
            for (key, value) in podSpec.members where !key.equals(Self.containers) && !key.equals(Self.initContainers) {
                text.raw(",")
                text.value(key)
                text.raw(":")
                text.value(value)
            }
            text.raw("}")
            guard let document = try? JSONDocument(text.bytes) else { return }
            document.withView { run(check, on: $0, root: $0, at: Array(path.dropLast(2)), context, record) }
            for index in before..<record.failures.count {
                let own = InstancePath.text(Array(path.dropLast(2)) + [.key("containers"), .index(0)])
                if record.failures[index].path.hasPrefix(own) {
                    record.failures[index].path = intern(
                        InstancePath.text(path) + record.failures[index].path.dropFirst(own.count))
                }
                record.failures[index].container = name
            }
        } else {
            run(check, on: container, root: podSpec, at: path, context, record)
            for index in before..<record.failures.count { record.failures[index].container = name }
        }
    }

    /// - Parameters:
    ///   - root: where names of containers are looked up for paths that lead into one.
    ///   - path: of the instance, from the object's root.
    private func run(
        _ place: Int, on instance: JSONView, root: JSONView, at path: [PathStep], _ context: AuditContext,
        _ record: AuditRecord
    ) {
        let check = set.checks[place]
        record.applied.insert(place)
        if let source = check.schema, let schema = compiled(source, context) {
            var validator = SchemaValidator(context: context)
            if !validator.isValid(schema, instance) {
                if !validator.isExhausted, context.takeProblem().map({ record.problems[place] = $0 }) == nil {
                    let isInfo = check.infoWhen.map { validator.isValid($0, instance) } ?? false
                    for failure in validator.explain(schema, instance) {
                        let container = container(of: failure.path, in: root)
                        if !container.isEmpty, exemptions.holds(check, container: container) { continue }
                        record.failures.append(
                            AuditFailure(
                                check: place, container: container,
                                path: intern(InstancePath.text(path + failure.path)),
                                value: check.hidesValues ? "" : intern(failure.value),
                                message: check.hidesValues ? "" : intern(failure.message), isInfo: isInfo))
                    }
                } else if validator.isExhausted {
                    record.problems[place] = "the schema looks at too much; it was given up"
                }
                _ = context.takeProblem()
                return
            }
        }
        if let problem = context.takeProblem() {
            record.problems[place] = problem
            return
        }
        if check.relation == .budgetFitsAutoscaler { record.relations.append(place) }
        if !check.related.isEmpty { relate(place, check, instance, context, record) }
    }

    private func relate(
        _ place: Int, _ check: WorkloadCheck, _ instance: JSONView, _ context: AuditContext, _ record: AuditRecord
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
            return intern(list?.elements.dropFirst(index).first { _ in true }?[Self.name]?.string ?? "")
        }
        return ""
    }

    /// Paths and names are the same in thousands of objects.
    private func intern(_ text: String) -> String {
        if text.utf8.count <= 15 { return text }
        if let known = texts[text] { return known }
        if texts.count >= 65_536 { texts = [:] }
        texts[text] = text
        return text
    }
}

/// What is left out at one object: by a file's exemptions, and by annotations (POLARIS.md §1).
struct Exemptions {
    private let entries: [WorkloadRuleFile.Exemption]
    private let annotations: JSONView?
    private let hasOwn: Bool
    /// The object as a whole.
    let isWhole: Bool

    init(_ all: [WorkloadRuleFile.Exemption], _ object: ObjectReference, _ annotations: JSONView?) {
        self.annotations = annotations
        entries = all.filter { entry in
            (entry.namespaces.isEmpty || entry.namespaces.contains { Glob.matches($0, object.namespace) })
                && (entry.controllers.isEmpty || entry.controllers.contains { object.name.hasPrefix($0) })
        }
        let own = annotations?.members.contains { key, _ in (key.string ?? "").hasSuffix("exempt") } ?? false
        hasOwn = own
        isWhole =
            own
            && ["polaris.fairwinds.com/exempt", "ke.io/exempt"].contains { Self.isSet(annotations?.member(named: $0)) }
    }

    /// The original takes "true" alone; a reason as value says the same.
    private static func isSet(_ value: JSONView?) -> Bool {
        guard let text = value?.string else { return value?.bool ?? false }
        return !text.isEmpty && text.lowercased() != "false"
    }

    /// - Parameter container: nil: the object itself.
    func holds(_ check: WorkloadCheck, container: String?) -> Bool {
        if hasOwn {
            for name in [check.alias, check.id] {
                for domain in ["polaris.fairwinds.com/", "ke.io/"]
                where Self.isSet(annotations?.member(named: "\(domain)\(name)-exempt")) { return true }
            }
        }
        return entries.contains { entry in
            (entry.rules.isEmpty || entry.rules.contains { check.answers(to: $0) })
                && (entry.containers.isEmpty
                    || container.map { name in entry.containers.contains { name.hasPrefix($0) } } ?? false)
        }
    }
}
