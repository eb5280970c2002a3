import Foundation
import Shared

/// The best-practice part of a report: findings, rows, score.
struct PracticeReport {
    private(set) var items: [Report.Item] = []
    private(set) var custom: [Report.WorkloadRow] = []
    private(set) var builtIn: [Report.WorkloadRow] = []
    /// Of all rows, whether shown or not.
    private(set) var severities: [Severity] = []
    private(set) var acknowledged = 0
    private(set) var summary = Report.Practice()

    private let set: WorkloadCheckSet
    private let language: Language
    private let time: String

    init(state: PracticeState, options: ReportOptions, language: Language, time: String) {
        set = state.set
        self.language = language
        self.time = time
        let selector = options.selector.flatMap { LabelSelector(parsing: $0) }
        // These are about workloads, wherever they run.
        if options.node != nil { return }
        var failed: Set<Int> = []
        for row in state.rows {
            if let namespace = options.namespace, !row.object.namespace.isEmpty, row.object.namespace != namespace {
                continue
            }
            if let selector, !selector.matches(row.labels) { continue }
            severities.append(row.severity)
            if row.acknowledgedBy != nil { acknowledged += 1 }
            let shown = row.failures.filter { $0.severity >= options.severity }
            if shown.isEmpty { continue }
            failed.formUnion(shown.map(\.check))
            add(row, shown)
        }
        let score = state.score
        summary = Report.Practice(
            score: score.value, passed: score.passed, warnings: score.warnings, dangers: score.dangers,
            namespaces: state.namespaces.map {
                .init(
                    namespace: $0.key, workloads: $0.value.workloads, failing: $0.value.failing,
                    score: $0.value.score.value)
            }.sorted { Bytewise.precedes($0.namespace, $1.namespace) },
            fixes: failed.map { set.checks[$0] }.compactMap { check in
                let text = CheckFix.line(check)
                return text.isEmpty ? nil : .init(check: check.alias, text: text)
            }.sorted { Bytewise.precedes($0.check, $1.check) })
    }

    private mutating func add(_ row: PracticeState.Row, _ shown: [PracticeState.Failure]) {
        // The worst, and of these the first in the list of checks, leads.
        let ids = Set(shown.map { set.checks[$0.check].id })
        let lead = shown.max { ($0.severity, -$0.check) < ($1.severity, -$1.check) } ?? shown[0]
        let check = set.checks[lead.check]
        let severity = shown.map(\.severity).max() ?? .warning
        let names = Set(shown.map { set.checks[$0.check].alias }).sorted { Bytewise.precedes($0, $1) }
        let message = "[\(names.joined(separator: " "))]"
        let created = row.created?.utcRFC3339 ?? time
        items.append(
            Report.Item(
                id: row.id, check: check.id, alias: check.alias, rule: check.id,
                also: ids.filter { $0 != check.id }.sorted(),
                severity: severity, level: shown.map { set.checks[$0.check].level }.max() ?? check.level,
                object: row.object,
                node: "", subject: "", owner: "", reason: check.category, message: message,
                remedy: check.remedy(language),
                first: created, last: time, count: shown.count, incident: "", isState: true, condition: "",
                isDemo: false,
                acknowledgedBy: row.acknowledgedBy ?? "", resolved: nil, evidence: [], failures: shown.map(failure)))
        let note = row.acknowledgedBy.map { " [noted by \(TextSafety.printable($0))]" } ?? ""
        let line = Report.WorkloadRow(
            namespace: row.object.namespace, severity: severity, name: row.object.name, kind: row.object.kind,
            time: row.observed?.utcRFC3339 ?? time,
            message: message + note, findingId: row.id, isCustom: row.isCustom)
        if row.isCustom { custom.append(line) } else { builtIn.append(line) }
    }

    private func failure(_ failure: PracticeState.Failure) -> Report.Failure {
        let check = set.checks[failure.check]
        return Report.Failure(
            check: check.id, alias: check.alias, severity: failure.severity, level: check.severity ?? check.level,
            at: failure.at,
            container: failure.container, path: failure.path, value: failure.value, message: check.failureMessage,
            expected: failure.message, place: failure.place)
    }
}

/// YAML that would satisfy a check.
enum CheckFix {
    /// The YAML below the instance, as a block; empty where there is none.
    static func block(_ check: WorkloadCheck) -> String {
        if !check.manifest.isEmpty { return check.manifest }
        return check.mutations.map { mutation in
            let note = mutation.comment.isEmpty ? "" : "# \(mutation.comment)\n"
            guard mutation.operation != "remove" else { return "\(note)# remove \(path(mutation))\n" }
            guard let tree = tree(mutation), let text = YAMLWriter.write(tree) else { return "" }
            return note + text
        }.joined()
    }

    /// The same on one line: `resources: {limits: {cpu: "1"}}`.
    static func line(_ check: WorkloadCheck) -> String {
        let parts = check.mutations.map { mutation -> String in
            guard mutation.operation != "remove" else { return "remove \(path(mutation))" }
            guard let pair = tree(mutation)?.pairs?.first else { return "" }
            return "\(pair.key): \(flow(pair.value))"
        }
        if parts.isEmpty, !check.manifest.isEmpty { return "a manifest: checks explain \(check.alias)" }
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private static func parts(_ mutation: CheckMutation) -> [String] {
        mutation.path.split(separator: "/").map {
            $0.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(of: "~0", with: "~")
        }
    }

    private static func path(_ mutation: CheckMutation) -> String {
        InstancePath.text(parts(mutation).map { Int($0).map { .index($0) } ?? .key($0) })
    }

    /// The value under the keys that lead to it.
    private static func tree(_ mutation: CheckMutation) -> Node? {
        guard var node = mutation.value else { return nil }
        for key in parts(mutation).reversed() {
            let isElement = Int(key) != nil || key == "-"
            node =
                isElement
                ? Node(.sequence([node]), mark: node.mark)
                : Node(.mapping([.init(key: key, keyMark: node.mark, value: node)]), mark: node.mark)
        }
        return node
    }

    private static func flow(_ node: Node) -> String {
        switch node.value {
        case .mapping(let pairs):
            return "{" + pairs.map { "\($0.key): \(flow($0.value))" }.joined(separator: ", ") + "}"
        case .sequence(let items): return "[" + items.map(flow).joined(separator: ", ") + "]"
        default:
            let text = YAMLWriter.write(node) ?? ""
            return text.split(separator: "\n").first { $0 != "..." && $0 != "---" }.map(String.init) ?? text
        }
    }
}
