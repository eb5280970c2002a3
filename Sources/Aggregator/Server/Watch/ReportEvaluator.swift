package import CheckModel
import Checks
import ClusterObjects
package import Evaluation
package import Platform
import Practice
package import Report
package import Wire

/// Evaluates what agents sent, together with the cluster where there is one. Reports and exporters both come from here.
package struct ReportEvaluator: Sendable {
    /// nil: there is no cluster.
    package let cluster: ClusterState?
    private let states: StateEvaluator?
    private let clock: any WallClock

    /// - Parameter states: nil: each reader's state is evaluated for it alone.
    package init(cluster: ClusterState?, states: StateEvaluator? = nil, clock: any WallClock) {
        self.cluster = cluster
        self.states = states
        self.clock = clock
    }

    /// The state that is kept fresh, where it is what these options ask for; nil: it has to be evaluated from a
    /// snapshot.
    package func current(_ options: ReportOptions) -> EvaluatedState? {
        guard options.only.isEmpty, options.skip.isEmpty, options.windowSeconds == ReportOptions().windowSeconds else {
            return nil
        }
        return states?.current
    }

    /// Fatal only what the last evaluation of `StateEvaluator` showed as well.
    /// - Parameters:
    ///   - snapshot: nil: there is no aggregator; only tests have none.
    ///   - more: overrides beside those of the cluster's ConfigMap.
    package func state(
        _ snapshot: Snapshot?, _ options: ReportOptions, more: OverrideSet = OverrideSet()
    ) -> EvaluatedState {
        if let current = current(options) { return current }
        let stored = cluster?.read { (overrides: $0.overrides, fatal: $0.fatal) }
        var settings = cluster?.settings ?? EvaluationSettings()
        if !options.only.isEmpty { settings.only = Set(options.only) }
        settings.skip.formUnion(options.skip)
        settings.overrides.entries += (stored?.overrides.overrides.entries ?? []) + more.entries
        var state = Evaluation(
            index: cluster?.index, audit: cluster?.audit.table ?? AuditTable(), snapshot: snapshot,
            aggregator: cluster?.facts ?? AggregatorFacts(), settings: settings, now: clock.now(),
            windowSeconds: options.windowSeconds
        ).run()
        if let stored {
            FatalConfirmation.confirm(&state, earlier: stored.fatal)
            if let problem = stored.overrides.problem { state.notes.append(problem) }
        }
        return state
    }

    /// - Parameter notes: for the report's header, after those of the evaluation.
    package func content(_ state: EvaluatedState, _ options: ReportOptions, notes: [String]) -> ReportContent {
        var state = state
        state.notes += notes
        return ReportBuilder(state: state, options: options).content()
    }

    /// The whole report in memory.
    package func report(
        _ snapshot: Snapshot, _ options: ReportOptions, more: OverrideSet = OverrideSet(), notes: [String] = []
    ) -> Report {
        content(state(snapshot, options, more: more), options, notes: notes).report
    }
}
