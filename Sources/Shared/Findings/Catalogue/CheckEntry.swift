package import Platform
package import Regex

/// All metadata of one check: an entry of `rules/checks/*.yaml`. Its logic is one file under
/// `Checks/`, or the agents' rules and gauges.
///
/// `checks list`, `checks explain`, the reference, joining, incidents and thresholds are made from it. A class, because
/// it is looked up for every object that is judged, and a copy of all its texts would cost more than the judgement.
package final class CheckEntry: Sendable {
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

    /// Rows that are the same trouble as one of this check: they become its evidence, and their ids go to `also`.
    package struct Fold: Sendable {
        package enum Scope: String, CaseIterable, Sendable { case container, node }

        package var checks: Set<String>
        package var scope: Scope
        /// Some text of the other row matches it; nil: whatever it says.
        package var says: LazyRegex?
        /// Only rows that both hold.
        package var isOfStates = false
    }

    package let id: String
    /// Other names that configurations and `--only` take.
    package let aliases: [String]
    package let table: ReportTable
    /// Where states that agents found are printed; nil: in `nodes`.
    package let agentTable: ReportTable?
    /// The highest severity that it gives by default.
    package let severity: Severity
    /// The trouble, never the healthy state.
    package let title: LocalText
    package let why: LocalText
    package let when: LocalText
    package let remedy: LocalText
    /// What to type first; the first whose names are all known is printed.
    package let commands: [CommandTemplate]
    package let observer: Observer
    package let limits: [CheckLimit]

    /// The class of trouble that it belongs to, and the mechanisms by which it causes others. What it can be caused by
    /// follows.
    package let trouble: String
    package let causes: [String]
    /// From cause to effect: a cause's rank is smaller than its effect's, so that no effect leads its cause. nil: it
    /// causes nothing.
    package let rank: Int?
    package let folds: [Fold]
    /// Of several checks that know why a node is not ready the one with the smallest number leads its row.
    package let notReady: Int?
    /// Its severity at a node that is not ready, where that says more.
    package let whenNotReady: Severity?
    package let join: Join?
    /// Node conditions that it judges.
    package let judges: [JudgedCondition]
    /// Checks that its events speak to as well.
    package let also: [String]
    /// What it looks for in the texts of pods, on nodes and in the API.
    package let phrase: CheckPhrase?
    /// What changes where a kind of the API that it also reads, but can do without, was not read, by the kind's name.
    package let without: [String: LocalText]
    /// Finds the device, task or interface in a text as the group `subject`, as the agents' rules name their subjects.
    package let subject: LazyRegex?

    package init(
        id: String, aliases: [String] = [], table: ReportTable, agentTable: ReportTable? = nil, severity: Severity,
        title: LocalText, why: LocalText, when: LocalText, remedy: LocalText,
        commands: [CommandTemplate] = [], observer: Observer = .cluster,
        limits: [CheckLimit] = [], trouble: String = "", causes: [String] = [], rank: Int? = nil,
        folds: [Fold] = [], notReady: Int? = nil,
        whenNotReady: Severity? = nil, join: Join? = nil, judges: [JudgedCondition] = [], also: [String] = [],
        phrase: CheckPhrase? = nil, without: [String: LocalText] = [:], subject: LazyRegex? = nil
    ) {
        self.id = id
        self.aliases = aliases
        self.table = table
        self.agentTable = agentTable
        self.severity = severity
        self.title = title
        self.why = why
        self.when = when
        self.remedy = remedy
        self.commands = commands
        self.observer = observer
        self.limits = limits
        self.trouble = trouble
        self.causes = causes
        self.rank = rank
        self.folds = folds
        self.notReady = notReady
        self.whenNotReady = whenNotReady
        self.join = join
        self.judges = judges
        self.also = also
        self.phrase = phrase
        self.without = without
        self.subject = subject
    }

    /// Its remedy with capitals where a report has names.
    package func remedySample(_ language: Language) -> String { CommandTemplate.sample(remedy(language)) }

    /// Agents on nodes contribute to it, or do all of it.
    package var usesAgents: Bool { observer != .cluster }

    /// What a text is about; empty for the object as a whole.
    package func subject(of text: String) -> String { subject?.compiled?.captures(in: text)?["subject"] ?? "" }
}
