package import Checks
package import Findings
package import Platform
import Regex

/// A finding with the evidence of both sides, as the evaluation leaves it. `FindingJoiner` builds its content.
///
/// A class, because there are tens of thousands in a bad hour, and each is sorted, grouped and looked at many times.
package final class EvaluatedFinding: Sendable {
    /// Mutable where it is built, in `FindingJoiner` and `OverrideStep`.
    struct Content: Sendable, Equatable {
        var id: String
        var node: String
        var detection: Detection
        var first: Timestamp
        var last: Timestamp
        var count: Int
        var isState: Bool
        var seen: Timestamp?
        var condition = ""
        var resolvedAt: Timestamp?
        var isDemo = false
        var evidence: [Evidence]
        var table: ReportTable
        var owner: ObjectReference?
        var labels: [String: String] = [:]
        var events: [CheckFinding.APIEvent] = []
        var hasAgent = false
        var acknowledgedBy: String?
        /// What its object uses or is about, where that can be its cause or its effect: a pod's claims, an APIService's
        /// Service, the workloads that a quota refused.
        var relates: [ObjectReference] = []
        /// Its object is well by now, whatever happened to it.
        var isRecovered = false

        init(
            id: String, node: String, detection: Detection, first: Timestamp, last: Timestamp, count: Int,
            isState: Bool, evidence: [Evidence], table: ReportTable
        ) {
            self.id = id
            self.node = node
            self.detection = detection
            self.first = first
            self.last = last
            self.count = count
            self.isState = isState
            seen = isState ? last : nil
            self.evidence = evidence
            self.table = table
        }
    }

    private let content: Content
    /// What it may have in common with others.
    let places: FindingPlaces
    /// It is no part of what is really wrong: a line that `make run DEMO=1` or `ke drill` wrote.
    let isApart: Bool

    init(_ content: Content) {
        self.content = content
        places = FindingPlaces(content)
        isApart = content.isApart
    }

    package var id: String { content.id }
    package var node: String { content.node }
    package var detection: Detection { content.detection }
    package var first: Timestamp { content.first }
    package var last: Timestamp { content.last }
    package var count: Int { content.count }
    /// It holds; else it happened.
    package var isState: Bool { content.isState }
    /// When the state itself was last seen, whatever events came later.
    package var seen: Timestamp? { content.seen }
    package var condition: String { content.condition }
    package var resolvedAt: Timestamp? { content.resolvedAt }
    package var isDemo: Bool { content.isDemo }
    package var evidence: [Evidence] { content.evidence }
    package var table: ReportTable { content.table }
    /// The workload at the top, for findings about pods and what hangs on them.
    package var owner: ObjectReference? { content.owner }
    /// Of the object: pod, node or workload.
    package var labels: [String: String] { content.labels }
    /// API Warning events that are evidence; each has a row of its own name.
    package var events: [CheckFinding.APIEvent] { content.events }
    /// An agent has seen it too.
    package var hasAgent: Bool { content.hasAgent }
    /// Who has acknowledged it.
    package var acknowledgedBy: String? { content.acknowledgedBy }

    package var relates: [ObjectReference] { content.relates }
    var isRecovered: Bool { content.isRecovered }
    /// When it began: a certificate's end, for what its end causes. nil: not observed.
    var began: Timestamp? { content.began }
    /// Of a pod's finding the container that it is about.
    package var container: String? { content.container }
    /// The image that its texts name.
    package var image: String? { ImageTrouble.image(of: self) }
    var isPlain: Bool { content.isPlain }
    var texts: [String] { content.texts }
    /// Some text of it matches: its message, reason, subject, evidence, events.
    func says(_ pattern: LazyRegex) -> Bool { content.says(pattern) }

    // What is sorted and grouped by, without a copy of the whole detection.
    package var check: String { content.detection.check }
    package var severity: Severity { content.detection.severity }
    package var object: ObjectReference { content.detection.object }

    /// What is the same whenever this is found again.
    package var key: String { content.keyParts.joined(separator: "\u{1F}") }

    /// Whether another one says the same, whenever it was looked at.
    func says(_ other: EvaluatedFinding) -> Bool {
        let a = content, b = other.content
        // A state that nobody dates begins, as it seems, at each look.
        return a.id == b.id && a.detection.severity == b.detection.severity && a.count == b.count && a.began == b.began
            && a.isState == b.isState && a.hasAgent == b.hasAgent && a.acknowledgedBy == b.acknowledgedBy
            && a.detection.also == b.detection.also && a.events.count == b.events.count
            && a.isRecovered == b.isRecovered && a.relates == b.relates
    }

    /// The same finding with another severity.
    func with(_ severity: Severity) -> EvaluatedFinding {
        var content = content
        content.detection.severity = severity
        return EvaluatedFinding(content)
    }

    /// The same finding without what was read in logs, events or elsewhere.
    /// - Parameter title: what the check says of it.
    func withoutTexts(title: String) -> EvaluatedFinding {
        var content = content
        content.detection.message = title
        content.detection.subject = ""
        content.evidence = []
        content.events = []
        content.owner = nil
        content.labels = [:]
        return EvaluatedFinding(content)
    }

    /// Severity, namespace, name, kind, bytewise; then what makes the order total.
    static func precedes(_ a: EvaluatedFinding, _ b: EvaluatedFinding) -> Bool {
        let left = a.content.detection, right = b.content.detection
        if left.severity != right.severity { return left.severity > right.severity }
        if left.object.namespace != right.object.namespace {
            return Bytewise.precedes(left.object.namespace, right.object.namespace)
        }
        if left.object.name != right.object.name { return Bytewise.precedes(left.object.name, right.object.name) }
        if left.object.kind != right.object.kind { return Bytewise.precedes(left.object.kind, right.object.kind) }
        if left.check != right.check { return Bytewise.precedes(left.check, right.check) }
        if left.subject != right.subject { return Bytewise.precedes(left.subject, right.subject) }
        if a.content.id != b.content.id { return Bytewise.precedes(a.content.id, b.content.id) }
        if a.content.node != b.content.node { return Bytewise.precedes(a.content.node, b.content.node) }
        return a.content.first < b.content.first
    }
}

extension EvaluatedFinding: Equatable {
    package static func == (a: EvaluatedFinding, b: EvaluatedFinding) -> Bool { a === b || a.content == b.content }
}

extension EvaluatedFinding.Content {
    /// The check of API events that no other check claims.
    static let plainCheck = "WarningEvent"

    var isPlain: Bool { detection.check == Self.plainCheck }

    /// It is no part of what is really wrong: a line that `make run DEMO=1` or `ke drill` wrote.
    var isApart: Bool { isDemo || Catalogue.builtIn[detection.check]?.join == .nothing }

    /// What nobody must take for real says so in its text, wherever that is read.
    var marked: Self {
        guard isApart, !detection.message.hasPrefix(Names.demoPrefix) else { return self }
        var marked = self
        marked.detection.message = Names.demoPrefix + detection.message
        return marked
    }

    var began: Timestamp? {
        if let deadline = detection.deadline { return deadline }
        // A state that the API does not date begins, as it seems, whenever it is looked at.
        return isState && !hasAgent && first == last ? nil : first
    }

    /// Everything that it says, in the words of logs, events and objects.
    var texts: [String] { [detection.message] + evidence.map(\.text) + events.map(\.message) }

    func says(_ pattern: LazyRegex) -> Bool {
        pattern.matches(detection.message) || pattern.matches(detection.reason) || pattern.matches(detection.subject)
            || evidence.contains { pattern.matches($0.text) }
            || events.contains { pattern.matches($0.message) }
    }

    var keyParts: [String] {
        let object = detection.object
        return [detection.check, object.kind, object.namespace, object.name, detection.subject]
    }
}
