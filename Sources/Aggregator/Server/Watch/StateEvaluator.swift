package import CheckModel
import Checks
import ClusterIndex
import ClusterObjects
package import Evaluation
import Findings
package import Logging
package import Platform
import Practice
package import Report
import ServiceLifecycle
package import Store
import Synchronization
package import Wire

/// Keeps the evaluated state of everything that the aggregator knows: reports, metrics and exporters all read it.
///
/// What agents send and what watches see is noted part by part; twice a second the parts that changed are evaluated
/// again. After work that took long it rests, so that it needs a tenth of a core and not all of it.
///
/// An actor, because evaluating and making a report take a processor for a while: they do so one after the other, and
/// the other processors go on answering.
package actor StateEvaluator: Service {
    /// How often it looks whether something changed.
    static let lookSeconds = 0.5
    /// Rest after an update, as a multiple of what it took.
    static let restFactor = 9.0
    /// The longest rest: after all parts were evaluated, a line of a log must not wait for long.
    static let restSecondsMax = 1.5
    /// How often all rows of the store are read again: retention removes some.
    static let reloadSeconds = 600.0
    /// How long the first state waits for the lists of the cluster.
    static let listedSeconds = 60.0

    /// How old a state may be that was evaluated for options of its own: one costs as much as all parts at once.
    static let asideSeconds = 5.0

    private struct Contents: Sendable {
        var current: SharedState?
        /// Why there is none, or none that is fresh.
        var problem: StoreError?
        /// Nodes whose agent sent something new.
        var changed: Set<String> = []
        /// Reports in which nothing was new.
        var reported: [String: (time: Timestamp, vitals: Vitals)] = [:]
    }

    private let cluster: ClusterState?
    private let store: any Store
    private let settings: EvaluationSettings
    private let overrides: @Sendable () -> OverrideSet
    private let clock: any WallClock
    private let logger: Logger
    private let contents = Mutex(Contents())
    package nonisolated let keeper = ReportKeeper()
    private var work = Work()
    private var aside: (options: ReportOptions, state: SharedState)?

    /// - Parameters:
    ///   - cluster: nil: there is none.
    ///   - overrides: those beside the cluster's.
    package init(
        cluster: ClusterState?, store: any Store, overrides: @escaping @Sendable () -> OverrideSet = { OverrideSet() },
        clock: any WallClock, logger: Logger
    ) {
        self.cluster = cluster
        self.store = store
        settings = cluster?.settings ?? EvaluationSettings()
        self.overrides = overrides
        self.clock = clock
        self.logger = logger
    }

    /// nil: nothing was evaluated yet, or the store cannot be read.
    package nonisolated var current: SharedState? { contents.withLock { $0.problem == nil ? $0.current : nil } }

    /// The last state that was evaluated for other options than the usual; nil: there is none, or it is old.
    package func aside(_ options: ReportOptions) -> SharedState? {
        guard let (known, state) = aside, known.isEvaluated(like: options) else { return nil }
        return clock.now().seconds(since: state.state.generatedAt) <= Self.asideSeconds ? state : nil
    }

    /// - Parameter evaluate: not called where another reader's state will do.
    package func aside(_ options: ReportOptions, _ evaluate: @Sendable () -> EvaluatedState) -> SharedState {
        if let known = aside(options) { return known }
        let state = SharedState(evaluate())
        aside = (options, state)
        return state
    }

    /// Does what takes a while when nothing else does.
    package func alone<Result: Sendable>(_ work: @Sendable () -> Result) -> Result { work() }

    /// A batch was committed. One that was committed before changes nothing, and is looked at all the same.
    package nonisolated func note(_ batch: Batch, at now: Timestamp) {
        let isNew =
            !batch.states.isEmpty || batch.observations != nil || batch.sources.contains { !$0.occurrences.isEmpty }
        contents.withLock { contents in
            contents.reported[batch.node] = (now, batch.vitals)
            if isNew { contents.changed.insert(batch.node) }
        }
    }

    // MARK: Evaluating

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.cluster?.waitUntilListed(seconds: Self.listedSeconds)
            async let preparing: Void = self.prepareReports()
            while !Task.isCancelled {
                let seconds = await self.update()
                // A sleep ends early only by cancellation.
                try? await self.clock.sleep(
                    seconds: max(Self.lookSeconds, min(seconds * Self.restFactor, Self.restSecondsMax)))
            }
            await preparing
        }
    }

    private nonisolated func prepareReports() async {
        while !Task.isCancelled {
            let start = ContinuousClock.now
            if let current { await keeper.prepare(current, at: clock.now()) }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            try? await clock.sleep(seconds: max(ReportKeeper.restSeconds, seconds * ReportKeeper.restFactor))
        }
    }

    /// What is kept between updates.
    private struct Work {
        var evaluation = IncrementalEvaluation()
        var reports: AgentReports?
        var loaded: Timestamp?
        var storeID = ""
        var changed = ChangedScopes(isEverything: true)
        var generation = 0
    }

    /// Evaluates what changed.
    /// - Returns: how long it took, in seconds.
    @discardableResult func update() async -> Double {
        let start = ContinuousClock.now
        do throws(StoreError) {
            try await read()
        } catch {
            // Without the agents' findings a state would miss some and show others that agents explain.
            let isNew = contents.withLock { contents in
                defer { contents.problem = error }
                return contents.problem == nil
            }
            if isNew { logger.error("The state cannot be evaluated.", metadata: ["reason": "\(error.message)"]) }
            return 0
        }
        evaluate(start)
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func evaluate(_ start: ContinuousClock.Instant) {
        let stored = cluster?.read { $0.overrides }
        var settings = settings
        settings.overrides.entries += (stored?.overrides.entries ?? []) + overrides().entries
        if let cluster { work.changed.insert(cluster.takeChanges()) }
        var (state, isChanged) = work.evaluation.update(
            .init(
                index: cluster?.index, audit: cluster?.audit.table ?? AuditTable(), reports: work.reports,
                aggregator: cluster?.facts ?? AggregatorFacts(), settings: settings, now: clock.now()),
            changed: work.changed)
        work.changed = ChangedScopes()
        if isChanged || work.generation == 0 { work.generation += 1 }
        state.generation = .init(number: work.generation, seconds: (ContinuousClock.now - start) / .seconds(1))
        if let problem = stored?.problem { state.notes.append(problem) }
        let fatal = Set(state.findings.lazy.filter { $0.severity == .fatal }.map(\.key))
        cluster?.update { $0.fatal = fatal }
        contents.withLock { contents in
            contents.current = SharedState(state)
            contents.problem = nil
        }
    }

    /// Takes what agents sent since the last update.
    private func read() async throws(StoreError) {
        let now = clock.now()
        let (changed, reported) = contents.withLock { contents in
            defer {
                contents.changed = []
                contents.reported = [:]
            }
            return (contents.changed, contents.reported)
        }
        let since = now - Evaluation.resolvedSeconds
        // A damaged store is replaced by another one while the program runs.
        let isOtherStore = work.storeID != store.storeID
        if work.reports == nil || isOtherStore || now.seconds(since: work.loaded ?? now) >= Self.reloadSeconds {
            let snapshot = try await store.snapshot(since: since, now: now)
            work.reports = AgentReports(snapshot)
            work.storeID = snapshot.storeID
            work.loaded = now
            work.changed.insertEverything()
            return
        }
        work.reports?.generatedAt = now
        for (node, report) in reported where !changed.contains(node) {
            guard var known = work.reports?.reports[node]?.node else {
                // Its first report.
                work.changed.insert(.node(node))
                contents.withLock { _ = $0.changed.insert(node) }
                continue
            }
            known.lastReport = report.time
            known.vitals = report.vitals
            work.reports?.heard(known)
        }
        if changed.isEmpty { return }
        do throws(StoreError) {
            let snapshot = try await store.snapshot(of: changed.sorted(), since: since, now: now)
            work.reports?.take(snapshot, of: changed)
        } catch {
            contents.withLock { $0.changed.formUnion(changed) }
            throw error
        }
        work.changed.insert(changed.map { .node($0) })
    }
}
