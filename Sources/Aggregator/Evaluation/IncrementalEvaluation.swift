import CheckModel
package import Checks
package import ClusterIndex
import Findings
import KubernetesAPI
package import Platform
package import Practice

/// Keeps one evaluated state fresh: parts in which something changed are evaluated again at once, all others when an
/// age in them reaches the limit that a check compares it with (`AgeDeadlines`).
///
/// After an update the state is what `Evaluation` would give from scratch, but for the stamps of states that nobody
/// dates, ages in texts, which lag by a tenth, and the pod of another node that a line names by text alone, which is
/// looked for again within `AgeDeadlines.farthest`.
package struct IncrementalEvaluation {
    /// Within this time nodes whose agent is silent are evaluated again, and the best practice.
    package static let sweepSeconds = 15.0

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
    /// Nodes whose agent does not report.
    private var silent: Set<String> = []
    private var fatal = FatalMemory()
    private var practice: (step: PracticeStep.Outcome, due: Timestamp)?

    package init() {}

    /// - Parameters:
    ///   - changed: parts in which something changed since the last update.
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
            let end = all.now + wait(scope, result, sweepSeconds)
            due[scope] = min(end, again ?? end)
            new.append((scope, result))
        }
        let isChanged = results.replace(new)
        if practice.map({ $0.due <= all.now }) ?? true {
            practice = (PracticeStep(inputs).outcome(), all.now + sweepSeconds)
        }
        return (results.state(inputs, practice: practice?.step), isChanged)
    }

    private func wait(_ scope: ClusterScope, _ result: PartitionResult, _ sweepSeconds: Double) -> Double {
        // Whether a node without an agent is down hangs on its lease, which only grows old.
        if case .node(let name) = scope, silent.contains(name) { return sweepSeconds }
        // Spread over the time, so that not all parts fall due together.
        let farthest = AgeDeadlines.farthest
        return min(result.holdsSeconds, Double.random(in: farthest / 2...farthest))
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
    let onlyNamespace: String?

    init(_ kind: ClusterKind, _ state: KindState) {
        self.kind = kind
        problem = state.problem
        onlyNamespace = state.onlyNamespace
    }
}
