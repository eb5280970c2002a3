import Findings
import KubernetesAPI
package import Platform
import YAML

/// Reads custom checks of Polaris' and early KubeEye's format and our own, document by document. A mistake
/// disables only the check that it is in.
package struct PracticeCheckReader {
    private var out: PracticeCheckFile
    private let isBuiltIn: Bool
    /// `target: Pod` means what it meant in 2020.
    private let isOldDialect: Bool

    /// - Throws: when the text is not YAML: nothing of the file can be trusted then.
    package static func read(_ text: [UInt8], file: String, isBuiltIn: Bool = false) throws(DocumentProblem)
        -> PracticeCheckFile
    {
        if text.count > PracticeCheckFile.bytesMax {
            throw DocumentProblem(
                file: file, message: "the file has \(text.count) bytes; at most \(PracticeCheckFile.bytesMax) are read")
        }
        let documents = try YAMLReader.readAll(text, file: file, dialect: .kubernetes)
        var reader = PracticeCheckReader(
            out: PracticeCheckFile(file: file), isBuiltIn: isBuiltIn,
            isOldDialect: !documents.contains(where: Self.isNewer))
        for document in documents { reader.document(document) }
        reader.noteLevels()
        return reader.out
    }

    /// Anything that the format of 2020 did not have.
    private static func isNewer(_ node: Node) -> Bool {
        for pair in node.pairs ?? [] {
            let key = pair.key.lowercased()
            if key == "schemastring" || key == "$defs" { return true }
            if key == "target", ["PodSpec", "PodTemplate"].contains(pair.value.string) { return true }
            if key == "$schema", pair.value.string?.contains("2019-09") == true { return true }
            if isNewer(pair.value) { return true }
        }
        return (node.items ?? []).contains(where: isNewer)
    }

    mutating func report(_ mark: Mark, _ field: String, _ message: String, level: DocumentProblem.Level = .error) {
        out.problems.append(DocumentProblem(level, file: out.file, mark: mark, field: field, message: message))
    }

    // MARK: Documents

    private static let topKeys = [
        "checks", "customChecks", "exemptions", "mutations", "allowedRegistries", "probeChecksOnJobs", "apiVersion",
        "kind",
        "secrets", "metadata", "exporters",
    ]
    /// Settings of the original that have no meaning here.
    private static let silentKeys = [
        "displayname", "kubecontext", "namespace", "$schema",
    ]

    private mutating func document(_ node: Node) {
        if node.value == .null { return }
        guard let pairs = node.pairs else {
            return report(node.mark, "", "a mapping is expected, this is \(node.kindName)")
        }
        for pair in pairs {
            switch pair.key.lowercased() {
            case "checks":
                out.checksMark = out.checksMark ?? pair.keyMark
                levels(pair.value)
            case "customchecks": customChecks(pair.value)
            case "exemptions": exemptions(pair.value)
            case "mutations":
                out.mutations += texts(pair.value, "mutations")
                name(pair.value, "mutations")
            case "disallowexemptions":
                if flag(pair.value, pair.key) {
                    (out.disallowsConfigExemptions, out.disallowsAnnotationExemptions) = (true, true)
                }
            case "disallowconfigexemptions": if flag(pair.value, pair.key) { out.disallowsConfigExemptions = true }
            case "disallowannotationexemptions":
                if flag(pair.value, pair.key) { out.disallowsAnnotationExemptions = true }
            case "allowedregistries": out.allowedRegistries += texts(pair.value, "allowedRegistries")
            case "probechecksonjobs": out.probeChecksOnJobs = flag(pair.value, "probeChecksOnJobs")
            case "apiversion": if pair.value.string?.hasPrefix("ke") == true { out.isOurs = true }
            case "secrets", "exporters": out.isOurs = true
            case "kind", "metadata": continue
            case let key where Self.silentKeys.contains(key): continue
            default:
                let guess =
                    Suggestion.nearest(to: pair.key, among: Self.topKeys).map { "; did you mean '\($0)'?" } ?? ""
                report(pair.keyMark, pair.key, "unknown field\(guess)", level: .warning)
            }
        }
    }

    private mutating func levels(_ node: Node) {
        guard let pairs = node.pairs else {
            return report(node.mark, "checks", "a mapping of ids to severities is expected")
        }
        for pair in pairs {
            // The map form belongs to cluster checks and is read with them.
            let value = pair.value.pairs == nil ? pair.value : pair.value["severity"]
            if pair.value.pairs != nil { out.isOurs = out.isOurs || value != nil || pair.value["thresholds"] != nil }
            guard let value else {
                out.namedChecks.append(.init(id: pair.key, field: "checks.\(pair.key)", mark: pair.keyMark))
                continue
            }
            let word = value.string ?? ""
            let severity = Severity(rawValue: word)
            guard severity != nil || word == "ignore" else {
                report(
                    value.mark, "checks.\(pair.key)",
                    "'\(word)' is not a valid severity; use ignore, info, warning, danger or fatal")
                continue
            }
            out.levels.append(.init(id: pair.key, severity: severity, mark: pair.keyMark))
        }
    }

    private mutating func exemptions(_ node: Node) {
        guard let items = node.items else { return report(node.mark, "exemptions", "a list is expected") }
        for item in items {
            var exemption = PracticeCheckFile.Exemption()
            for pair in item.pairs ?? [] {
                switch pair.key.lowercased() {
                case "namespace", "namespaces": exemption.namespaces += texts(pair.value, "namespace")
                case "controllernames": exemption.controllers += texts(pair.value, "controllerNames")
                case "containernames": exemption.containers += texts(pair.value, "containerNames")
                case "rules":
                    exemption.rules += texts(pair.value, "rules")
                    name(pair.value, "exemptions.rules")
                default:
                    report(
                        pair.keyMark, "exemptions.\(pair.key)", "unknown field of an exemption",
                        level: .warning)
                }
            }
            if item.pairs == nil {
                report(item.mark, "exemptions", "a mapping is expected")
            } else {
                out.exemptions.append(exemption)
            }
        }
    }

    /// Notes which checks a list names.
    private mutating func name(_ node: Node, _ field: String) {
        for item in node.items ?? [node] {
            guard let id = item.string else { continue }
            out.namedChecks.append(.init(id: id, field: field, mark: item.mark))
        }
    }

    private mutating func customChecks(_ node: Node) {
        guard let pairs = node.pairs else {
            return report(node.mark, "customChecks", "a mapping of ids to checks is expected")
        }
        for pair in pairs {
            if out.checks.count >= PracticeCheckFile.checksMax {
                return report(pair.keyMark, "customChecks", "more than \(PracticeCheckFile.checksMax) checks")
            }
            let before = out.problems.count
            if let check = check(pair.key, pair.value, pair.keyMark) {
                out.checks.removeAll { $0.alias == check.alias }
                out.checks.append(check)
            } else if let problem = out.problems[before...].first(where: { $0.level == .error }) {
                out.broken.append((pair.key, problem))
            }
        }
    }

    /// A custom check without a severity does not run: a warning, because that is seldom intended.
    private mutating func noteLevels() {
        guard !isBuiltIn else { return }
        for check in out.checks where !out.levels.contains(where: { $0.id == check.alias || $0.id == check.id }) {
            let parts = check.place.split(separator: ":").suffix(2).compactMap { Int($0) }
            let mark = parts.count == 2 ? Mark(line: parts[0], column: parts[1]) : .start
            report(
                mark, "customChecks.\(check.alias)",
                "has no severity under checks, so it does not run; add `checks: {\(check.alias): warning}`",
                level: .warning)
        }
    }

    // MARK: One check

    /// A file that holds one check and nothing else.
    static func single(_ text: [UInt8], id: String, file: String) throws(DocumentProblem) -> PracticeCheckFile {
        let documents = try YAMLReader.readAll(text, file: file, dialect: .kubernetes)
        var reader = PracticeCheckReader(
            out: PracticeCheckFile(file: file), isBuiltIn: false, isOldDialect: !documents.contains(where: isNewer))
        if let node = documents.first, let check = reader.check(id, node, node.mark) { reader.out.checks = [check] }
        return reader.out
    }

    private mutating func check(_ id: String, _ node: Node, _ mark: Mark) -> PracticeCheckDefinition? {
        guard let pairs = node.pairs else {
            report(node.mark, "customChecks.\(id)", "a mapping is expected")
            return nil
        }
        let before = out.problems.count
        var check = PracticeCheckDefinition(id: id, place: "\(out.file):\(mark)", isCustom: !isBuiltIn)
        var target: Node?, schema: Node?, schemaString: Node?, jsonSchema: Node?
        var related: [(key: String, node: Node, isText: Bool)] = []
        for pair in pairs {
            let field = "customChecks.\(id).\(pair.key)", value = pair.value
            switch pair.key.lowercased() {
            case "id": check.id = text(value, field)
            case "aliases": check.otherNames = texts(value, field)
            case "severity": check.level = Severity(rawValue: text(value, field)) ?? .warning
            case "title": check.title = local(value, field)
            case "why": check.why = local(value, field)
            case "trigger": check.trigger = local(value, field)
            case "remedy": check.remedy = local(value, field)
            case "successmessage": check.successMessage = text(value, field)
            case "failuremessage", "promptmessage": check.failureMessage = text(value, field)
            case "category": check.category = text(value, field)
            case "target": target = value
            case "controllers": check.controllers = inclusion(value, field, nil)
            case "containers": check.containers = inclusion(value, field, ["container", "initContainer"])
            case "sidecars": check.countsSidecars = flag(value, field)
            case "schematarget": check.seesPodSpec = ["PodSpec", "Pod"].contains(text(value, field))
            case "schema": schema = value
            case "schemastring": schemaString = value
            case "jsonschema": jsonSchema = value
            case "infowhen": check.infoWhen = compiled(value, field)
            case "when": check.when = compiled(value, field)
            case "additionalschemas": related += (value.pairs ?? []).map { ($0.key, $0.value, false) }
            case "additionalschemastrings": related += (value.pairs ?? []).map { ($0.key, $0.value, true) }
            case "relation":
                check.relation = PracticeCheck.Relation(rawValue: text(value, field))
                if check.relation == nil { report(value.mark, field, "unknown relation") }
            case "additionalkinds": check.relationKinds = texts(value, field).map { GroupKind($0) }
            case "optionalkinds": check.optionalKinds = texts(value, field).map { GroupKind($0) }
            case "limitrange": check.limitRange = text(value, field)
            case "mutations": check.mutations = mutations(value, field)
            case "manifest": check.manifest = text(value, field)
            case "hidesvalues": check.hidesValues = flag(value, field)
            case "optin": check.isOptIn = flag(value, field)
            case "optinofcluster": check.isOptInOfCluster = flag(value, field)
            case "allowedregistries": check.needsRegistries = flag(value, field)
            default:
                let guess =
                    Suggestion.nearest(to: pair.key, among: Self.checkKeys).map { "; did you mean '\($0)'?" } ?? ""
                report(pair.keyMark, field, "unknown field of a check\(guess)", level: .warning)
            }
        }
        check.target = self.target(target, mark, "customChecks.\(id)")
        if check.seesPodSpec, check.target != .container {
            report(mark, "customChecks.\(id).schemaTarget", "applies to the target Container only", level: .warning)
            check.seesPodSpec = false
        }
        if let schemaString {
            check.schema = source(text: schemaString, takesTemplates: true, "customChecks.\(id).schemaString")
        } else if let jsonSchema {
            check.schema = source(text: jsonSchema, takesTemplates: false, "customChecks.\(id).jsonSchema")
        } else if let schema, schema.pairs?.isEmpty != true, schema.value != .null {
            check.schema = source(tree: schema, "customChecks.\(id).schema")
        }
        for (key, node, isText) in related {
            let field = "customChecks.\(id).additionalSchemas.\(key)"
            let schema = isText ? source(text: node, takesTemplates: true, field) : source(tree: node, field)
            guard let schema else { continue }
            check.related.append(
                .init(
                    kind: GroupKind(key), schema: schema, name: isText ? nil : Self.name(in: node),
                    usesSelector: !isText && Self.usesSelector(node)))
        }
        if check.schema == nil, check.related.isEmpty, check.relation == nil, out.problems.count == before {
            report(mark, "customChecks.\(id)", "has no schema; give schema, schemaString or additionalSchemas")
        }
        noteEmpty(check, mark, "customChecks.\(id)")
        let trees = [schema, schemaString, jsonSchema].compactMap { $0 } + related.map(\.node)
        check.looksAtType = !Self.isAboutContainers(check.target) && trees.contains(where: Self.mentionsType)
        complete(&check)
        return out.problems[before...].contains { $0.level == .error } ? nil : check
    }

    private static let checkKeys = [
        "successMessage", "failureMessage", "promptMessage", "category", "target", "controllers", "containers",
        "schema",
        "schemaString", "jsonSchema", "schemaTarget", "additionalSchemas", "additionalSchemaStrings", "mutations",
        "title",
        "why", "remedy", "trigger", "severity", "infoWhen", "when", "limitRange", "manifest",
    ]

    private static func isAboutContainers(_ target: CheckTarget) -> Bool { target == .container || target == .podSpec }

    private static func mentionsType(_ node: Node) -> Bool {
        if let text = node.string {
            return text == "kind" || text == "apiVersion"
                || text.contains("{{") && (text.contains("kind") || text.contains("apiVersion"))
                || text.contains("\n") && (text.contains("kind") || text.contains("apiVersion"))
        }
        return (node.items ?? []).contains(where: mentionsType)
            || (node.pairs ?? []).contains { ["kind", "apiVersion"].contains($0.key) || mentionsType($0.value) }
    }

    /// Texts of custom checks come from what they have.
    private func complete(_ check: inout PracticeCheckDefinition) {
        guard check.isCustom else { return }
        if check.failureMessage.isEmpty { check.failureMessage = check.alias }
        let words = LocalText(check.failureMessage, check.failureMessage)
        if check.title.en == check.alias { check.title = words }
        if check.trigger.en.isEmpty {
            check.trigger = .init(
                "The object does not satisfy the schema in \(check.place).", "不符合 \(check.place) 中的 schema。")
        }
        if check.remedy.en.isEmpty { check.remedy = words }
        if check.why.en.isEmpty { check.why = .init("A custom check.", "自定义检查。") }
    }

    private mutating func target(_ node: Node?, _ mark: Mark, _ field: String) -> CheckTarget {
        guard let node else { return .controller }
        let word = text(node, field + ".target")
        switch word {
        case "Controller": return .controller
        case "PodTemplate": return .podTemplate
        case "PodSpec": return .podSpec
        case "Pod": return isOldDialect ? .podSpec : .kind(GroupKind("Pod"))
        case "Container": return .container
        case "":
            report(node.mark, field + ".target", "must not be empty")
            return .controller
        default: return .kind(isBuiltIn ? GroupKind(word) : kind(word, node.mark, field + ".target"))
        }
    }

    /// Polaris compares what follows the last slash alone, so `app/Deployment` is a Deployment there; here a group of
    /// somebody's own (`serving.knative.dev`) counts.
    private mutating func kind(_ word: String, _ mark: Mark, _ field: String) -> GroupKind {
        var kind = GroupKind(word)
        let isOthers = kind.group.map { $0.contains(".") && !$0.contains(".k8s.io") } ?? false
        if !isOthers, kind.clusterKind == nil, GroupKind(kind.kind).clusterKind != nil { kind.group = nil }
        if kind.clusterKind == nil { noteUnknown(kind, mark, field) }
        return kind
    }

    /// Groups of the API server's own that have no dot in their name.
    private static let plainGroups: Set<String> = ["", "apps", "batch", "autoscaling", "policy", "extensions"]

    /// A kind that no API server can have makes a check that never runs.
    private mutating func noteUnknown(_ kind: GroupKind, _ mark: Mark, _ field: String) {
        let names = ClusterKind.allCases.compactMap { $0.objectKind?.kind }
        if let group = kind.group, !group.contains("."), !Self.plainGroups.contains(group) {
            report(
                mark, field, "matches nothing: no API group '\(group)' is known; groups of custom resources have a dot",
                level: .warning)
        } else if kind.kind.first?.isUppercase != true || kind.group.map({ !$0.contains(".") }) ?? true,
            let guess = Suggestion.nearest(to: kind.kind, among: names)
        {
            report(
                mark, field, "matches nothing: no kind '\(kind.kind)' is known; did you mean '\(guess)'?",
                level: .warning)
        } else if kind.kind.first?.isUppercase != true {
            report(mark, field, "matches nothing: '\(kind.kind)' is not a valid Kind", level: .warning)
        }
    }

    /// Notes a check whose lists leave nothing that it could run on.
    private mutating func noteEmpty(_ check: PracticeCheckDefinition, _ mark: Mark, _ field: String) {
        guard !isBuiltIn else { return }
        if check.target == .container, !["container", "initContainer"].contains(where: check.containers.holds) {
            report(mark, field + ".containers", "matches nothing: neither kind of container is left", level: .warning)
        }
        guard check.isAboutPods else { return }
        let kinds = check.controllers.include
        if !kinds.isEmpty, !kinds.contains(where: check.controllers.holds) {
            report(mark, field + ".controllers", "matches nothing: every kind is excluded too", level: .warning)
        }
        let names = ClusterKind.workloads.compactMap { $0.objectKind?.kind } + ["Rollout"]
        for kind in kinds where !names.contains(kind) {
            if let guess = Suggestion.nearest(to: kind, among: names) {
                report(
                    mark, field + ".controllers.include",
                    "'\(kind)' matches nothing; did you mean '\(guess)'?", level: .warning)
            } else if kind.first?.isUppercase != true {
                report(
                    mark, field + ".controllers.include", "'\(kind)' matches nothing: it is not a valid Kind",
                    level: .warning)
            }
        }
    }
}
