import Findings
import Foundation
import KubernetesAPI
import Platform
import Practice
import YAML

/// The best-practice part of a report: findings, rows, score.
struct PracticeReport: Sendable {
    /// A row that is shown, with what its item and its line are made from.
    private struct Shown: Sendable {
        /// In the state's rows.
        var row: Int
        /// The failing check that leads, and how bad it is here.
        var check: Int
        var severity: Severity
        var count: Int
        var names: Names
    }

    private var shown: [Shown] = []
    /// Places in `shown`.
    private var customShown: [Int] = []
    private var builtInShown: [Int] = []
    /// Of all rows, whether shown or not.
    private(set) var severities: [Severity] = []
    private(set) var acknowledged = 0
    /// The worst severity of rows that nobody has acknowledged.
    private(set) var worst: Severity?
    private(set) var summary = Report.Practice()

    private var names: [CheckBits: Names] = [:]
    private var byNamespace: [String: [Int: Int]] = [:]
    private let rows: [PracticeState.Row]
    private let options: ReportOptions
    private let set: PracticeCheckSet
    private let language: Language
    private let words: ReportWords
    private let time: ReportTime

    init(state: PracticeState, options: ReportOptions, language: Language, time: ReportTime) {
        set = state.set
        rows = state.rows
        self.options = options
        self.language = language
        words = ReportWords(language)
        self.time = time
        let selector = options.selector.flatMap { LabelSelector(parsing: $0) }
        // These are about workloads, wherever they run.
        if options.node != nil { return }
        var failed: Set<Int> = []
        for (place, row) in state.rows.enumerated() {
            if let namespace = options.namespace, !row.object.namespace.isEmpty, row.object.namespace != namespace {
                continue
            }
            if let selector, !selector.matches(row.labels) { continue }
            severities.append(row.severity)
            if row.acknowledgedBy != nil { acknowledged += 1 }
            add(place, row, &failed)
        }
        // A reader of one namespace sees nothing of the others.
        let namespaces = state.namespaces.filter { options.namespace == nil || $0.key == options.namespace }
        let score = options.namespace == nil ? state.score : namespaces.first?.value.score ?? PracticeState().score
        summary = Report.Practice(
            score: score.value, passed: score.passed, warnings: score.warnings, dangers: score.dangers,
            namespaces: namespaces.map {
                .init(
                    namespace: $0.key, workloads: $0.value.workloads, failing: $0.value.failing,
                    score: $0.value.score.value,
                    checks: Dictionary(
                        uniqueKeysWithValues: (byNamespace[$0.key] ?? [:]).map { (set.checks[$0.key].alias, $0.value) })
                )
            }.sorted { Bytewise.precedes($0.namespace, $1.namespace) },
            fixes: failed.map { set.checks[$0] }.compactMap { check in
                let text = CheckFix.line(check)
                return .init(check: check.alias, text: text.isEmpty ? check.remedy(language) : text)
            }.sorted { Bytewise.precedes($0.check, $1.check) })
    }

    private mutating func add(_ place: Int, _ row: PracticeState.Row, _ failed: inout Set<Int>) {
        var places = CheckBits()
        var lead: (check: Int, severity: Severity)?
        var count = 0
        row.forEach { check, severity in
            // What is too mild to be shown still counts for the exit status.
            if row.acknowledgedBy == nil { worst = max(worst ?? severity, severity) }
            guard severity >= options.severity else { return }
            count += 1
            places.insert(check)
            // The worst, and of these the first in the list of checks, leads.
            if lead.map({ (severity, -check) > ($0.severity, -$0.check) }) ?? true { lead = (check, severity) }
        }
        guard let lead else { return }
        let names = names(of: places)
        failed.formUnion(names.places)
        for place in names.places { byNamespace[row.object.namespace, default: [:]][place, default: 0] += 1 }
        if row.isCustom { customShown.append(shown.count) } else { builtInShown.append(shown.count) }
        shown.append(
            Shown(row: place, check: lead.check, severity: lead.severity, count: count, names: names))
    }

    var items: OnDemand<Report.Item> { OnDemand(count: shown.count, make: item) }
    /// Rows of custom checks.
    var custom: OnDemand<Report.WorkloadRow> { OnDemand(count: customShown.count) { line(customShown[$0]) } }
    var builtIn: OnDemand<Report.WorkloadRow> { OnDemand(count: builtInShown.count) { line(builtInShown[$0]) } }

    private func item(_ place: Int) -> Report.Item {
        let shown = shown[place], row = rows[shown.row], check = set.checks[shown.check]
        return Report.Item(
            id: row.id, check: check.id, alias: check.alias, rule: check.id,
            also: shown.names.ids.filter { $0 != check.id }, severity: shown.severity, level: shown.names.level,
            object: row.object, node: "", subject: "", owner: "",
            reason: check.category, message: shown.names.message, remedy: check.remedy(language),
            first: row.created.map { ReportTime($0) } ?? time, last: time, count: shown.count, incident: "",
            isState: true,
            condition: "", isDemo: false, acknowledgedBy: row.acknowledgedBy ?? "", resolved: nil, evidence: [],
            failures: options.hasDetail ? row.failures.filter { $0.severity >= options.severity }.map(failure) : [])
    }

    private func line(_ place: Int) -> Report.WorkloadRow {
        let shown = shown[place], row = rows[shown.row]
        let note = row.acknowledgedBy.map { " " + TextSafety.printable(words.acknowledged(by: $0)) } ?? ""
        return Report.WorkloadRow(
            namespace: row.object.namespace, severity: shown.severity, name: row.object.name, kind: row.object.kind,
            time: row.observed.map { ReportTime($0) } ?? time, message: shown.names.message + note, findingId: row.id,
            isCustom: row.isCustom, isPractice: true)
    }

    /// Many workloads fail the same checks: their names are put together once.
    private mutating func names(of bits: CheckBits) -> Names {
        if let known = names[bits] { return known }
        let places = bits.places
        let shown = places.map { set.checks[$0] }
        let aliases = shown.map(\.alias).sorted { Bytewise.precedes($0, $1) }
        let names = Names(
            places: places, message: "[\(aliases.joined(separator: " "))]", ids: shown.map(\.id).sorted(),
            level: shown.map(\.level).max() ?? .warning)
        self.names[bits] = names
        return names
    }

    private struct Names: Sendable {
        var places: [Int]
        var message: String
        var ids: [String]
        var level: Severity
    }

    private func failure(_ failure: PracticeState.RatedFailure) -> Report.FailedPlace {
        let check = set.checks[failure.check]
        let fix = options.hasFixes ? failure.insertion(check) : nil
        return Report.FailedPlace(
            check: check.id, alias: check.alias, severity: failure.severity, level: check.severity ?? check.level,
            at: failure.at,
            container: failure.container, path: failure.path, value: failure.value, message: check.failureMessage,
            expected: failure.message, place: failure.place,
            fix: fix.map { .init(line: $0.mark.line, column: $0.mark.column, text: $0.text) })
    }
}
