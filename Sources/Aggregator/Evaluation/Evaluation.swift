package import Checks
package import ClusterIndex
import Findings
package import Platform
package import Practice
package import Wire

/// Makes one state of what the API says and what agents found. Pure: the same inputs give the same state.
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
        self.init(
            index: index, audit: audit, reports: snapshot.map { AgentReports($0) }, aggregator: aggregator,
            settings: settings, now: now, windowSeconds: windowSeconds)
    }

    /// - Parameter reports: nil: there is no aggregator.
    package init(
        index: ClusterIndex?, audit: AuditTable = AuditTable(), reports: AgentReports?,
        aggregator: AggregatorFacts = AggregatorFacts(), settings: EvaluationSettings, now: Timestamp,
        windowSeconds: Double = Seconds.perHour
    ) {
        inputs = EvaluationInputs(
            index: index, audit: audit, reports: reports, aggregator: aggregator, settings: settings, now: now,
            windowSeconds: windowSeconds)
    }

    /// What some parts of the cluster give, in a longer window than that of a state which is kept.
    /// - Returns: their findings in place of the state's.
    package func widening(_ state: EvaluatedState, in scopes: Set<ClusterScope>) -> EvaluatedState {
        let evaluator = PartitionEvaluator(inputs: inputs)
        let findings = scopes.flatMap { evaluator.evaluate($0).findings }
        let ids = Set(findings.map(\.id))
        var state = state
        state.findings = findings + state.findings.filter { !ids.contains($0.id) }
        return state
    }

    /// Every part of the cluster by itself (`PartitionEvaluator`: read, check, join, count, override), then together:
    /// facts, gaps, best practice. The last step, grouping, is `EvaluatedState.incidents(of:)`, because its reader
    /// chooses which findings to group.
    package func run() -> EvaluatedState {
        let evaluator = PartitionEvaluator(inputs: inputs)
        var results = EvaluationResults()
        results.replace(inputs.scopes.map { ($0, evaluator.evaluate($0)) })
        return results.state(inputs)
    }
}
