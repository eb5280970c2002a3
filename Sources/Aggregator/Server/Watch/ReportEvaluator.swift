package import CheckModel
import Checks
import ClusterObjects
package import Evaluation
package import Platform
import Practice
package import Report
package import Store
package import Wire

/// Evaluates what agents sent, together with the cluster where there is one. Reports and exporters both come from here.
package struct ReportEvaluator: Sendable {
    /// nil: there is no cluster.
    package let cluster: ClusterState?
    private let states: StateEvaluator?
    let clock: any WallClock

    /// - Parameter states: nil: each reader's state is evaluated for it alone.
    package init(cluster: ClusterState?, states: StateEvaluator? = nil, clock: any WallClock) {
        self.cluster = cluster
        self.states = states
        self.clock = clock
    }

    /// The state that is kept fresh, where it is what these options ask for; nil: it has to be evaluated from a
    /// snapshot.
    package func current(_ options: ReportOptions) -> SharedState? {
        options.isEvaluated(like: ReportOptions()) ? states?.current : nil
    }

    /// The state that these options ask for.
    /// - Parameters:
    ///   - read: what agents sent; called where no state is kept for these options.
    ///   - more: overrides beside those of the cluster's ConfigMap.
    package func shared(
        _ options: ReportOptions, more: OverrideSet, read: () async throws(StoreError) -> Snapshot
    ) async throws(StoreError) -> SharedState {
        if let current = current(options) { return current }
        if let known = await states?.aside(options) { return known }
        let snapshot = try await read()
        guard let states else { return SharedState(state(snapshot, options, more: more)) }
        return await states.aside(options) { state(snapshot, options, more: more) }
    }

    /// Does what takes a while: one such thing at a time, where a state is kept.
    package func alone<Result: Sendable>(_ work: @Sendable () -> Result) async -> Result {
        guard let states else { return work() }
        return await states.alone(work)
    }

    /// Fatal only what the last evaluation of `StateEvaluator` showed as well.
    /// - Parameters:
    ///   - snapshot: nil: there is no aggregator; only tests have none.
    ///   - more: overrides beside those of the cluster's ConfigMap.
    package func state(
        _ snapshot: Snapshot?, _ options: ReportOptions, more: OverrideSet = OverrideSet()
    ) -> EvaluatedState {
        if let current = current(options) { return current.state }
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
}
