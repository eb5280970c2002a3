package import CheckModel
package import ClusterIndex
package import Findings
package import KubernetesAPI
package import Platform

/// One check of the cluster. It sees values, never a client or a store: the same view gives the same output.
///
/// Exactly one of finding, healthy and unobserved for every object that it judges. Kinds in `needs` that could not be
/// read are made unobserved by the runner; `evaluate` is called all the same, with what was read of them.
///
/// What is said of it is its entry in `rules/checks`, under the same id.
package protocol ClusterCheck: Sendable {
    var id: String { get }
    /// The parts of a cluster that hold what it judges; it is asked once for each.
    var scopes: ClusterScope.Kinds { get }
    /// What it cannot do without; a kind that could not be read makes the check unobserved.
    var needs: [ClusterKind] { get }
    /// What it reads where it is there.
    var alsoReads: [ClusterKind] { get }
    func evaluate(_ view: ClusterView, _ out: inout CheckOutput)
}

extension ClusterCheck {
    package var needs: [ClusterKind] { [] }
    package var alsoReads: [ClusterKind] { [] }
}

/// What a check found at one object.
package struct CheckFinding: Sendable, Equatable {
    package var check: String
    package var severity: Severity
    package var object: ObjectReference
    package var subject = ""
    /// The node that it happens on; empty where there is none.
    package var node = ""
    package var reason: String
    package var message: String
    package var first: Timestamp
    package var last: Timestamp
    package var count = 1
    /// It holds now; an event has only happened.
    package var isState = true
    package var also: [String] = []
    package var evidence: [Evidence] = []
    package var table: ReportTable
    package var deadline: Timestamp?
    /// The API event that it comes from, which has a row of its own name.
    package var events: [APIEvent] = []

    /// A Warning event of the API.
    package struct APIEvent: Sendable, Equatable {
        package var namespace: String
        package var name: String
        /// What it is about.
        package var involved: ObjectReference
        package var time: Timestamp
        package var reason: String
        package var message: String
        package var count: Int
    }
}

/// Where a check writes.
package struct CheckOutput {
    package private(set) var gaps: [CheckGap] = []
    /// Objects that were read, judged and found good.
    private(set) var healthy = 0
    let entry: CheckEntry
    private let now: Timestamp
    /// Takes each finding as it is made: there may be tens of thousands, and none is kept here.
    private let onFinding: (CheckFinding) -> Void

    var checkID: String { entry.id }

    package init(_ entry: CheckEntry, now: Timestamp, onFinding: @escaping (CheckFinding) -> Void = { _ in }) {
        self.entry = entry
        self.now = now
        self.onFinding = onFinding
    }

    mutating func healthy(_ count: Int = 1) { healthy += count }

    package mutating func unobserved(_ reason: UnobservedReason, scope: String = "cluster", _ detail: String) {
        gaps.append(CheckGap(check: entry.id, scope: scope, reason: reason, detail: detail))
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
                check: entry.id, severity: severity, object: object, subject: subject, node: node,
                reason: reason.isEmpty ? entry.id : reason, message: message, first: min(since ?? last, last),
                last: last, also: also,
                evidence: [Evidence(source: source, origin: "", time: last, text: message)],
                table: table ?? entry.table, deadline: deadline))
    }

    func add(_ finding: CheckFinding) { onFinding(finding) }

    /// What of its object a text is about, as the entry says.
    func subject(of text: String) -> String { entry.subject(of: text) }
}
