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

    /// What one reader asked for, used as soon as it is at hand.
    /// - Parameters:
    ///   - shared: the state that these options ask for.
    ///   - text: how it is written; nil: it is not.
    ///   - use: what is made of the report and of the state's age in seconds.
    package func report<Result: Sendable>(
        _ shared: SharedState, _ key: SharedState.Key, _ text: RenderedTexts.Key?,
        _ use: @Sendable (ReportContent, SharedState) -> Result
    ) async -> Result {
        let now = clock.now()
        if let content = shared.known(key, at: now), content.isWritten(text) { return use(content, shared) }
        guard let states else { return use(shared.content(key, at: now), shared) }
        // A part is quick, and as fresh as can be.
        if key.options.node != nil || key.options.namespace != nil {
            return await states.alone { use(shared.content(key, at: now), shared) }
        }
        let asked = ReportKeeper.Asked(key, text)
        let isUsual = key.options.isEvaluated(like: ReportOptions())
        if isUsual, let (state, content) = states.keeper.state(with: asked, at: now) { return use(content, state) }
        return await states.keeper.make(asked, of: shared, at: now, use)
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
