import Shared

/// A text in the languages that the product speaks.
struct LocalText: Sendable, Equatable {
    var en: String
    var zh: String

    init(_ en: String, _ zh: String) {
        self.en = en
        self.zh = zh
    }

    func callAsFunction(_ language: Language) -> String { language == .zh ? zh : en }
}

enum Language: String, CaseIterable, Sendable { case en, zh }

/// The tables of a report (CHECKS.md §9).
enum ReportTable: String, CaseIterable, Codable, Sendable {
    case nodes, components, events, workloads, certificates
}

/// A number that a configuration or an override may set for a check.
struct CheckThreshold: Sendable, Equatable {
    /// Kebab-free, as YAML names it: `minutes`, `percent`.
    var name: String
    var value: Double
    var meaning: LocalText
}

/// What people are told of a check, and what it reads. `checks list`, `checks explain`, the reference and the RBAC
/// rules are made from it.
struct CheckDescription: Sendable {
    var id: String
    /// Another name that configurations and `--only` take.
    var alias = ""
    var table: ReportTable
    /// The worst that it gives by default.
    var severity: Severity
    var title: LocalText
    var why: LocalText
    var trigger: LocalText
    var remedy: LocalText
    /// What it cannot do without; a kind that could not be read makes the check unobserved.
    var needs: [ClusterKind] = []
    /// What it reads where it is there.
    var alsoReads: [ClusterKind] = []
    /// Agents on nodes contribute to it, or do all of it.
    var usesAgents = false
    var thresholds: [CheckThreshold] = []
}

/// One check of the cluster. It sees values, never a client or a store: the same view gives the same output.
///
/// Exactly one of finding, healthy and unobserved for every object that it judges. Kinds in `needs` that could not be
/// read are made unobserved by the runner; `evaluate` is called all the same, with what was read of them.
protocol ClusterCheck: Sendable {
    var description: CheckDescription { get }
    func evaluate(_ view: ClusterView, _ out: inout CheckOutput)
}

/// What a check found at one object.
struct CheckFinding: Sendable, Equatable {
    var check: String
    var severity: Severity
    var object: ObjectReference
    var subject = ""
    /// The node that it happens on; empty where there is none.
    var node = ""
    var reason: String
    var message: String
    var first: Timestamp
    var last: Timestamp
    var count = 1
    /// It holds now; an event has only happened.
    var isState = true
    var also: [String] = []
    var evidence: [Evidence] = []
    var table: ReportTable
    var deadline: Timestamp?
    /// The API event that it comes from, which has a row of its own name.
    var events: [EventRow] = []

    /// A Warning event's row.
    struct EventRow: Sendable, Equatable {
        var namespace: String
        var name: String
        var time: Timestamp
        var reason: String
        var message: String
        var count: Int
    }
}

/// What could not be looked at.
struct CheckGap: Sendable, Equatable, Hashable {
    var check: String
    /// `cluster`, a node's name, a namespace.
    var scope: String
    var reason: UnobservedReason
    var detail: String
}

/// Where a check writes.
struct CheckOutput {
    private(set) var gaps: [CheckGap] = []
    /// Objects that were read, judged and found good.
    private(set) var healthy = 0
    private let description: CheckDescription
    private let now: Timestamp
    /// Takes each finding as it is made: there may be tens of thousands, and none is kept here.
    private let onFinding: (CheckFinding) -> Void

    var checkID: String { description.id }

    init(_ description: CheckDescription, now: Timestamp, onFinding: @escaping (CheckFinding) -> Void = { _ in }) {
        self.description = description
        self.now = now
        self.onFinding = onFinding
    }

    mutating func healthy(_ count: Int = 1) { healthy += count }

    mutating func unobserved(_ reason: UnobservedReason, scope: String = "cluster", _ detail: String) {
        gaps.append(CheckGap(check: description.id, scope: scope, reason: reason, detail: detail))
    }

    /// A state that holds.
    /// - Parameter since: nil: since now.
    mutating func state(
        _ severity: Severity, _ object: ObjectReference, subject: String = "", node: String = "", reason: String = "",
        _ message: String, since: Timestamp? = nil, seen: Timestamp? = nil, also: [String] = [],
        source: String = "api", table: ReportTable? = nil, deadline: Timestamp? = nil
    ) {
        let last = seen ?? now
        add(
            CheckFinding(
                check: description.id, severity: severity, object: object, subject: subject, node: node,
                reason: reason.isEmpty ? description.id : reason, message: message, first: min(since ?? last, last),
                last: last, also: also,
                evidence: [Evidence(source: source, origin: "", time: last, text: message)],
                table: table ?? description.table, deadline: deadline))
    }

    func add(_ finding: CheckFinding) { onFinding(finding) }
}
