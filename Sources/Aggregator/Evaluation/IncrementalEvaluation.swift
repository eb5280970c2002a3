import CheckModel
package import Checks
package import ClusterIndex
import Findings
import KubernetesAPI
package import Platform
package import Practice

/// Keeps one evaluated state fresh: parts in which something changed are evaluated again at once, all others in turn,
/// because checks go by ages too.
///
/// After an update the state is what `Evaluation` would give from scratch, but for what only the passing of time has
/// changed within the last `sweepSecondsMax`, or the pod of another node that a line names by text alone.
package struct IncrementalEvaluation {
    /// Within this time a part is evaluated again in which something changed, because checks go by ages too.
    package static let sweepSeconds = 15.0
    /// As long as a part says the same, it is looked at more and more seldom: an age of five minutes is noticed within
    /// a quarter of that.
    static let calmFactor = 1.25
    /// Within this time every part is evaluated again after the first time.
    static let firstSweepSeconds = 60.0
    /// Within this time every part is evaluated again, whatever happens.
    static let sweepSecondsMax = 120.0

    /// What an update reads.
    package struct Inputs {
        package var index: ClusterIndex?
        package var audit: AuditTable
        package var reports: AgentReports?
        package var aggregator: AggregatorFacts
        package var settings: EvaluationSettings
        package var now: Timestamp

        package init(
            index: ClusterIndex?, audit: AuditTable, reports: AgentReports?, aggregator: AggregatorFacts,
            settings: EvaluationSettings, now: Timestamp
        ) {
            self.index = index
            self.audit = audit
            self.reports = reports
            self.aggregator = aggregator
            self.settings = settings
            self.now = now
        }
    }

    /// What decides about every part at once: with another one, all are evaluated again.
    private struct Context: Equatable {
        var kinds: [ClusterKindOutcome] = []
        var serverVersion = ""
        var overrides = OverrideSet()
        var hasAgents = false
        var hasReports = false
        var hasNodes = false

        init(_ inputs: EvaluationInputs) {
            kinds = (inputs.index?.states ?? [:]).map { ClusterKindOutcome($0.key, $0.value) }.sorted {
                $0.kind < $1.kind
            }
            serverVersion = inputs.index?.serverVersion ?? ""
            overrides = inputs.settings.overrides
            hasAgents = inputs.reports != nil
            hasReports = inputs.agents.hasReports
            hasNodes = inputs.lookups.nodes.count > 0
        }
    }

    private var results = EvaluationResults()
    private var context: Context?
    /// When each part is evaluated again at the latest.
    private var due: [ClusterScope: Timestamp] = [:]
    /// How long each part waits.
    private var waits: [ClusterScope: Double] = [:]
    /// Nodes whose agent does not report.
    private var silent: Set<String> = []
    private var fatal = FatalMemory()
    private var practice: (step: PracticeStep.Outcome, due: Timestamp)?

    package init() {}

    /// - Parameters:
    ///   - changed: parts in which something changed since the last update.
    ///   - sweepSeconds: 0: all parts are evaluated again whose ages count.
    /// - Returns: the state, and whether it says anything else than before.
    package mutating func update(
        _ all: Inputs, changed: ChangedScopes, sweepSeconds: Double = sweepSeconds
    ) -> (state: EvaluatedState, isChanged: Bool) {
        let inputs = EvaluationInputs(
            index: all.index, audit: all.audit, reports: all.reports, aggregator: all.aggregator,
            settings: all.settings, now: all.now, windowSeconds: Seconds.perHour)
        let scopes = scopes(inputs, changed)
        let evaluator = PartitionEvaluator(inputs: inputs)
        var new: [(ClusterScope, PartitionResult)] = []
        new.reserveCapacity(scopes.count)
        for scope in scopes {
            var result = evaluator.evaluate(scope)
            let again = fatal.confirm(&result, in: scope, at: all.now)
            let wait = wait(scope, result, changed, sweepSeconds)
            due[scope] = min(all.now + wait, again ?? all.now + wait)
            new.append((scope, result))
        }
        let isChanged = results.replace(new)
        if practice.map({ $0.due <= all.now }) ?? true {
            practice = (PracticeStep(inputs).outcome(), all.now + sweepSeconds)
        }
        return (results.state(inputs, practice: practice?.step), isChanged)
    }

    private mutating func wait(
        _ scope: ClusterScope, _ result: PartitionResult, _ changed: ChangedScopes, _ sweepSeconds: Double
    ) -> Double {
        // Spread over the time, so that not all parts fall due together.
        guard let last = waits[scope] else {
            let first = max(sweepSeconds, Self.firstSweepSeconds)
            waits[scope] = first
            return Double.random(in: 0...first)
        }
        let isCalm =
            !changed.scopes.contains(scope)
            && (results.parts[scope].map { EvaluationResults.says($0, theSameAs: result) } ?? false)
        // Whether a node without an agent is down hangs on its lease, which only grows old.
        let isSilent = if case .node(let name) = scope { silent.contains(name) } else { false }
        let wait =
            isCalm && !isSilent ? min(last * Self.calmFactor, max(Self.sweepSecondsMax, sweepSeconds)) : sweepSeconds
        waits[scope] = wait
        return wait
    }

    /// Nodes whose agent fell silent or reports again since the last update.
    private mutating func takeSilence(_ inputs: EvaluationInputs) -> Set<String> {
        let now = Set((inputs.reports?.reports.keys ?? [:].keys).lazy.filter { !inputs.agents.isReporting($0) })
        defer { silent = now }
        return now.symmetricDifference(silent)
    }

    private mutating func scopes(_ inputs: EvaluationInputs, _ changed: ChangedScopes) -> Set<ClusterScope> {
        let context = Context(inputs), silenced = takeSilence(inputs)
        if changed.isEverything || context != self.context {
            self.context = context
            // Parts that are empty by now are evaluated once more, to be so.
            return inputs.scopes.union(due.keys)
        }
        var scopes = changed.scopes
        scopes.formUnion(silenced.map { .node($0) })
        for node in inputs.reports?.nodes(mentioning: changed.mentioned) ?? [] { scopes.insert(.node(node)) }
        // Members, metrics and leases of the control plane change all the time, and it is small.
        scopes.insert(.controlPlane)
        for (scope, time) in due where time <= inputs.now { scopes.insert(scope) }
        return scopes
    }
}

/// Whether a kind is known, and how far.
private struct ClusterKindOutcome: Equatable {
    let kind: ClusterKind
    let problem: APIError?
    let isNarrowed: Bool

    init(_ kind: ClusterKind, _ state: KindState) {
        self.kind = kind
        problem = state.problem
        isNarrowed = state.isNarrowed
    }
}
