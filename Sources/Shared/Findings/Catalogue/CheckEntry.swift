package import Platform
package import Regex

/// All metadata of one check: an entry of `rules/checks/*.yaml`. Its logic is one file under
/// `Checks/`, or the agents' rules and gauges.
///
/// `checks list`, `checks explain`, the reference, joining, incidents and thresholds are made from it.
package struct CheckEntry: Sendable {
    /// Who looks: the aggregator through the API, agents on nodes, or both.
    package enum Observer: String, CaseIterable, Sendable { case cluster, agents, both }

    /// By what evidence of the other side is recognised as the same trouble, beside check, object and subject.
    package enum Join: String, CaseIterable, Sendable {
        /// The process id in the text, or the container (a kill).
        case process
        /// The container: joins a `process` finding of the same one.
        case container
        /// The moment at which it happens (a certificate's end).
        case deadline
        /// By nothing: an incident of its own, whatever else is wrong there.
        case nothing
    }

    package var id: String
    /// Other names that configurations and `--only` take.
    package var aliases: [String] = []
    package var table: ReportTable
    /// Where states that agents found are printed; nil: in `nodes`.
    package var agentTable: ReportTable?
    /// The highest severity that it gives by default.
    package var severity: Severity
    /// The trouble, never the healthy state.
    package var title: LocalText
    package var why: LocalText
    package var when: LocalText
    package var remedy: LocalText
    package var observer = Observer.cluster
    package var limits: [CheckLimit] = []

    /// The class of trouble that it belongs to, and the classes that this can cause. What it can be caused by follows.
    package var trouble = ""
    package var causes: [String] = []
    /// From cause to effect: of findings that belong together the one with the smallest rank leads. nil: it leads
    /// nothing.
    package var rank: Int?
    /// Of several checks that know why a node is not ready the one with the smallest number leads its row.
    package var notReady: Int?
    /// Its severity at a node that is not ready, where that says more.
    package var whenNotReady: Severity?
    package var join: Join?
    /// Types of node conditions that it judges.
    package var judges: [String] = []
    /// Finds the device, task or interface in a text as the group `subject`, as the agents' rules name their subjects.
    package var subject: LazyRegex?

    package init(
        id: String, table: ReportTable, severity: Severity, title: LocalText, why: LocalText, when: LocalText,
        remedy: LocalText
    ) {
        self.id = id
        self.table = table
        self.severity = severity
        self.title = title
        self.why = why
        self.when = when
        self.remedy = remedy
    }

    /// Agents on nodes contribute to it, or do all of it.
    package var usesAgents: Bool { observer != .cluster }

    /// What a text is about; empty for the object as a whole.
    package func subject(of text: String) -> String { subject?.compiled?.captures(in: text)?["subject"] ?? "" }
}
