import Documents
package import Platform
import Regex
import YAML

/// Reads one file of `rules/checks`:
///
/// ```yaml
/// apiVersion: ke/v1
/// kind: Checks
/// checks:
///   - id: NodeExt4Error
///     table: events
///     severity: danger
///     title: { en: …, zh: … }
///     why: …
///     when: …
///     remedy: …
///     commands: ['kubectl -n {namespace} describe pod {pod}']
///     observer: both
///     trouble: storage
///     causes: [device-io]            # mechanisms
///     rank: 160
///     folds:                         # rows that are the same trouble
///       - { checks: [PodCrashLoop], scope: container }
///     limits:
///       - { name: diskPercent, value: 90, unit: percent, of: agents, en: …, zh: … }
/// ```
package enum CatalogueReader {
    /// What one file holds: entries, or the mechanisms that they name.
    package struct Contents {
        package var entries: [CheckEntry] = []
        package var mechanisms: [Mechanism] = []
        package var problems: [DocumentProblem] = []
    }

    package static func read(_ text: [UInt8], file: String) -> Contents {
        let root: Node?
        do throws(DocumentProblem) { root = try YAMLReader.read(text, file: file) } catch {
            return Contents(problems: [error])
        }
        guard let root else { return Contents() }
        var reader = FieldReader(root, file: file, path: "")
        _ = reader.requiredText("apiVersion", example: "ke/v1")
        _ = reader.requiredText("kind", example: "Checks")
        var mechanisms: [Mechanism] = []
        for (index, node) in (reader.node("mechanisms")?.items ?? []).enumerated() {
            var fields = FieldReader(node, file: file, path: "mechanisms[\(index)]")
            if let mechanism = MechanismReader.mechanism(&fields) { mechanisms.append(mechanism) }
            fields.finish()
            reader.adopt(fields.problems)
        }
        var entries: [CheckEntry] = []
        for (index, node) in (reader.node("checks")?.items ?? []).enumerated() {
            var fields = FieldReader(node, file: file, path: "checks[\(index)]")
            if let entry = entry(&fields, file) { entries.append(entry) }
            fields.finish()
            reader.adopt(fields.problems)
        }
        reader.finish()
        return Contents(entries: entries, mechanisms: mechanisms, problems: reader.problems)
    }

    private static func entry(_ fields: inout FieldReader, _ file: String) -> CheckEntry? {
        guard let id = fields.requiredText("id", example: "NodeDisk"),
            let table = fields.choice("table", ReportTable.self),
            let severity = fields.choice("severity", Severity.self)
        else { return nil }
        return CheckEntry(
            id: id, aliases: fields.texts("aliases"), table: table,
            agentTable: fields.choice("agentTable", ReportTable.self), severity: severity,
            title: text(&fields, "title", file), why: text(&fields, "why", file), when: text(&fields, "when", file),
            remedy: text(&fields, "remedy", file), commands: CommandTemplate.read("commands", &fields),
            observer: fields.choice("observer", CheckEntry.Observer.self) ?? .cluster, limits: limits(&fields, file),
            trouble: fields.requiredText("trouble", example: "storage") ?? "", causes: fields.texts("causes"),
            rank: fields.positiveInteger("rank", max: 10_000), folds: folds(&fields, file),
            notReady: fields.positiveInteger("notReady", max: 100),
            whenNotReady: fields.choice("whenNotReady", Severity.self),
            join: fields.choice("joins", CheckEntry.Join.self), judges: judges(&fields), also: fields.texts("also"),
            phrase: phrase(&fields, file), without: without(&fields, file),
            subject: fields.pattern("subject").map { LazyRegex($0) })
    }

    private static func folds(_ fields: inout FieldReader, _ file: String) -> [CheckEntry.Fold] {
        var folds: [CheckEntry.Fold] = []
        for (index, node) in (fields.node("folds")?.items ?? []).enumerated() {
            var members = FieldReader(node, file: file, path: "\(fields.path).folds[\(index)]")
            let checks = Set(members.texts("checks")), says = members.pattern("says").map { LazyRegex($0) }
            let isOfStates = members.flag("holds") ?? false
            if let scope = members.choice("scope", CheckEntry.Fold.Scope.self) {
                folds.append(CheckEntry.Fold(checks: checks, scope: scope, says: says, isOfStates: isOfStates))
            }
            members.finish()
            fields.adopt(members.problems)
        }
        return folds
    }

    private static func without(_ fields: inout FieldReader, _ file: String) -> [String: LocalText] {
        guard let node = fields.node("without") else { return [:] }
        var kinds = FieldReader(node, file: file, path: "\(fields.path).without")
        var texts: [String: LocalText] = [:]
        for pair in node.pairs ?? [] { texts[pair.key] = text(&kinds, pair.key, file) }
        kinds.finish()
        fields.adopt(kinds.problems)
        return texts
    }

    private static func limits(_ fields: inout FieldReader, _ file: String) -> [CheckLimit] {
        var limits: [CheckLimit] = []
        for (index, node) in (fields.node("limits")?.items ?? []).enumerated() {
            var members = FieldReader(node, file: file, path: "\(fields.path).limits[\(index)]")
            if let limit = limit(&members) { limits.append(limit) }
            members.finish()
            fields.adopt(members.problems)
        }
        return limits
    }

    private static func judges(_ fields: inout FieldReader) -> [JudgedCondition] {
        fields.texts("judges").compactMap { text in
            if let judged = JudgedCondition(text) { return judged }
            fields.report(fields.node.mark, "judges", "'\(text)' is not a valid condition; use Type or Type=False")
            return nil
        }
    }

    private static func phrase(_ fields: inout FieldReader, _ file: String) -> CheckPhrase? {
        guard let node = fields.node("phrase") else { return nil }
        var members = FieldReader(node, file: file, path: "\(fields.path).phrase")
        let text = members.requiredText("text", example: "no space left on device")
        let pattern = members.pattern("pattern")
        if pattern == nil { members.report(node.mark, "pattern", "a regular expression is expected") }
        members.finish()
        fields.adopt(members.problems)
        guard let text, let pattern else { return nil }
        return CheckPhrase(text: text, pattern: pattern)
    }

    private static func limit(_ fields: inout FieldReader) -> CheckLimit? {
        let name = fields.requiredText("name", example: "minutes")
        let unit = fields.choice("unit", CheckLimit.Unit.self)
        let owner = fields.choice("of", CheckEntry.Observer.self) ?? .cluster
        let en = fields.requiredText("en", example: "minutes until it counts") ?? ""
        let zh = fields.requiredText("zh", example: "多少分钟后计入") ?? ""
        guard let value = fields.node("value"), let number = value.number else {
            fields.report(fields.node.mark, "value", "a number is expected")
            return nil
        }
        guard let name, let unit else { return nil }
        let limit = CheckLimit(
            name: name, value: number, unit: unit, isOfAgents: owner == .agents, meaning: LocalText(en, zh))
        if let problem = limit.problem(with: number) { fields.report(value.mark, "value", problem) }
        return limit
    }

    private static func text(_ fields: inout FieldReader, _ name: String, _ file: String) -> LocalText {
        guard let node = fields.node(name) else {
            fields.report(fields.node.mark, name, "is missing; for example `\(name): { en: …, zh: … }`")
            return LocalText("", "")
        }
        var languages = FieldReader(node, file: file, path: "\(fields.path).\(name)")
        let en = languages.requiredText("en", example: "a full disk") ?? ""
        let zh = languages.requiredText("zh", example: "磁盘已满") ?? ""
        languages.finish()
        fields.adopt(languages.problems)
        return LocalText(en, zh)
    }
}
