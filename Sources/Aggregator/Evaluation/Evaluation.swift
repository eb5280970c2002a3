package import Checks
package import ClusterIndex
import Findings
package import Platform
package import Practice
package import Wire

/// Makes one state of what the API says and what agents found (DESIGN §9). Pure: the same inputs give the same state.
package struct Evaluation {
    /// Ended states stay for a day.
    package static let resolvedSeconds = Seconds.perDay

    let inputs: EvaluationInputs

    /// - Parameter index: nil: there is no cluster.
    /// - Parameter audit: what the audit of best practice saw as objects came by.
    /// - Parameter snapshot: nil: there is no aggregator.
    /// - Parameter aggregator: what it has to report itself.
    package init(
        index: ClusterIndex?, audit: AuditTable = AuditTable(), snapshot: Snapshot?,
        aggregator: AggregatorFacts = AggregatorFacts(), settings: EvaluationSettings = EvaluationSettings(),
        now: Timestamp,
        windowSeconds: Double = Seconds.perHour
    ) {
        inputs = EvaluationInputs(
            index: index, audit: audit, snapshot: snapshot, aggregator: aggregator, settings: settings, now: now,
            windowSeconds: windowSeconds)
    }

    /// The steps in their order: read, check, join, count, override, audit, sort. The last one, grouping, is
    /// `EvaluatedState.incidents(of:)`, because its reader chooses which findings to group.
    package func run() -> EvaluatedState {
        let view = inputs.view()
        var state = StateDescription(inputs, view).state()
        var joiner = FindingJoiner(view: view)
        let checked = inputs.check(view) { joiner.add(cluster: $0) }
        for finding in inputs.agentFindings(view) { joiner.add(agent: finding) }
        let joined = joiner.finish()
        OutcomeStep(inputs, view).add(checked, joined, to: &state)
        OverrideStep(inputs, view).sort(joined, into: &state)
        PracticeStep(inputs).add(to: &state)
        state.findings.sort(by: EvaluatedFinding.precedes)
        state.resolved = inputs.resolved(joiner)
        return state
    }
}
