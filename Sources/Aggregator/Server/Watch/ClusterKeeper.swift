package import CheckModel
import ClusterIndex
import ClusterObjects
package import Evaluation
import Findings
import Foundation
package import KubernetesAPI
package import Logging
package import Platform
import Practice
package import Report
import ServiceLifecycle
package import Store
import Synchronization
package import Wire

/// Keeps an index of the cluster fresh: each kind is listed once, then watched; what cannot be watched is asked for
/// on a period. A report from it costs the API server nothing.
package final class ClusterKeeper: Service {
    /// How often health endpoints are asked.
    static let probeSeconds = 15.0
    /// How often slow things are read again: metrics, the handshake, the version, kinds that may not be watched.
    static let slowSeconds = 300.0
    /// Failed probes in a row until the API server counts as unreachable (CHECKS.md §0).
    static let failuresMax = 3
    /// A watch that is broken for longer makes its kind unobserved.
    static let staleSeconds = 60.0

    private struct Held: Sendable {
        var index: ClusterIndex
        /// The server's clock less ours, by kind.
        var offsets: [ClusterKind: Double] = [:]
        /// When each watch last worked.
        var alive: [ClusterKind: Timestamp] = [:]
        var problems: [ClusterKind: APIError] = [:]
        var failures = 0
        /// Fatal findings of the last scan, for confirmation.
        var fatal: Set<String> = []
        var overrides = OverrideStore.Loaded()
        var carried = NodeProblemDetectorCarrier.Outcome()
        /// Versions on nodes as the store has them.
        var versions: [String: [String: String]] = [:]
    }

    private let client: KubernetesClient
    private let settings: EvaluationSettings
    private let clock: any WallClock
    private let logger: Logger
    private let store: any Store
    private let held: Mutex<Held>
    private let kinds: Set<ClusterKind>
    private let audit: AuditRecorder

    package init(
        client: KubernetesClient, settings: EvaluationSettings, store: any Store, clock: any WallClock, logger: Logger
    ) {
        self.client = client
        self.settings = settings
        self.store = store
        self.clock = clock
        self.logger = logger
        kinds = settings.kinds
        audit = AuditRecorder(settings.auditor)
        held = Mutex(Held(index: ClusterIndex(name: client.connection.name)))
    }

    /// What is known now. Clocks of watched kinds move on; kinds whose watch is broken are unobserved.
    var index: ClusterIndex {
        let now = clock.now()
        return held.withLock { held in
            var index = held.index
            for (kind, offset) in held.offsets {
                let isStale = held.alive[kind].map { now.seconds(since: $0) > Self.staleSeconds } ?? true
                index.states[kind]?.date = now + offset
                if let problem = held.problems[kind], isStale { index.states[kind]?.problem = problem }
            }
            index.isUnreachable = held.failures >= Self.failuresMax
            return index
        }
    }

    /// The overrides that were read last.
    package var overrides: OverrideSet { held.withLock { $0.overrides.overrides } }

    package func setConditionStorm(_ text: String?) { held.withLock { $0.index.conditionStorm = text } }

    /// A node's labels; nil: it is not known.
    package func labels(of node: String) -> [String: String]? { held.withLock { $0.index.nodes[node]?.labels } }

    /// Merged with what agents say; fatal only what the last scan showed as well.
    /// - Parameter more: overrides beside those of the cluster's ConfigMap.
    package func state(_ snapshot: Snapshot?, _ options: ReportOptions, more: OverrideSet = OverrideSet())
        -> EvaluatedState
    {
        var settings = settings
        if !options.only.isEmpty { settings.only = Set(options.only) }
        settings.skip.formUnion(options.skip)
        let (stored, fatal) = held.withLock { ($0.overrides, $0.fatal) }
        settings.overrides.entries += stored.overrides.entries + more.entries
        var state = Evaluation(
            index: index, audit: audit.table, snapshot: snapshot, settings: settings, now: clock.now(),
            windowSeconds: options.windowSeconds
        ).run()
        FatalConfirmation.confirm(&state, earlier: fatal)
        if let problem = stored.problem { state.notes.append(problem) }
        return state
    }

    // MARK: Service

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.watchAll() }
                group.addTask { await self.every(Self.probeSeconds) { await self.probe() } }
                group.addTask { await self.every(Self.slowSeconds) { await self.readSlowly() } }
            }
        }
    }

    private func every(_ seconds: Double, _ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            // Jitter, so that replicas and restarts do not fall into step.
            try? await clock.sleep(seconds: seconds * Double.random(in: 0.9...1.1))
        }
    }

    private func watchAll() async {
        var discovery: Discovery?
        var backoff = Backoff()
        while discovery == nil, !Task.isCancelled {
            do throws(APIError) { discovery = try await Discovery(client) } catch {
                note(failure: error)
                try? await clock.sleep(seconds: backoff.nextDelaySeconds())
            }
        }
        guard let discovery else { return }
        await withTaskGroup(of: Void.self) { group in
            for kind in kinds.sorted() where kind.isList && kind != .componentstatuses {
                group.addTask { await self.keep(kind, discovery) }
            }
        }
    }

    /// Lists a kind, then watches it; lists again when the watch has lost its place.
    private func keep(_ kind: ClusterKind, _ discovery: Discovery) async {
        guard let table = ClusterTables.table(of: kind) else { return }
        var backoff = Backoff()
        while !Task.isCancelled {
            let reader = ClusterReader(client: client, kinds: [kind], visitors: audit)
            let (change, path) = await reader.readOnce(kind, discovery)
            let (version, problem) = apply(kind, change)
            JSONDocument.releaseMemory()
            if let problem {
                held.withLock { $0.problems[kind] = problem }
                let wait =
                    problem.kind == .forbidden || problem.kind == .notFound
                    ? Self.slowSeconds : backoff.nextDelaySeconds()
                try? await clock.sleep(seconds: wait)
                continue
            }
            backoff.succeeded()
            guard let path, !version.isEmpty else { return }
            await watch(kind, table, path, from: version)
        }
    }

    private func apply(
        _ kind: ClusterKind, _ change: @Sendable (inout ClusterIndex) -> Void
    ) -> (version: String, problem: APIError?) {
        let now = clock.now()
        return held.withLock { held in
            change(&held.index)
            let state = held.index.states[kind]
            held.offsets[kind] = state.map { $0.date.seconds(since: now) } ?? 0
            if state?.problem == nil {
                held.alive[kind] = now
                held.problems[kind] = nil
            }
            return (state?.resourceVersion ?? "", state?.problem)
        }
    }

    /// Follows a kind until its place is lost (410) or the server's words are not understood.
    private func watch(_ kind: ClusterKind, _ table: any TableKind, _ path: String, from version: String) async {
        let follower = WatchFollower(version: version) { [self] type, object in
            follow(kind, table, type, object)
        }
        var backoff = Backoff()
        while !Task.isCancelled {
            let seconds = Int.random(in: 240...480)
            var query =
                "watch=1&allowWatchBookmarks=true&timeoutSeconds=\(seconds)&resourceVersion=\(follower.version.urlEscaped)"
            if let selector = kind.fieldSelector { query += "&fieldSelector=\(selector.urlEscaped)" }
            do throws(APIError) {
                _ = try await client.stream("\(path)?\(query)", seconds: Double(seconds) + 30) { follower.receive($0) }
                if follower.mustRelist { return }
                backoff.succeeded()
                held.withLock { $0.problems[kind] = nil }
            } catch {
                if error.kind == .gone || follower.mustRelist { return }
                held.withLock { $0.problems[kind] = error }
                if error.kind == .forbidden { return }
                try? await clock.sleep(seconds: backoff.nextDelaySeconds())
            }
        }
    }

    private func follow(_ kind: ClusterKind, _ table: any TableKind, _ type: WatchFollower.Change, _ object: JSONValue)
    {
        let now = clock.now()
        if type != .bookmark { audit.change(object.view, of: kind, isThere: type == .set) }
        held.withLock { held in
            held.alive[kind] = now
            held.problems[kind] = nil
            switch type {
            case .set:
                var texts = TextInterner()
                _ = table.set(object, in: &held.index, &texts)
            case .remove: table.remove(object, from: &held.index)
            case .bookmark: break
            }
        }
    }

    // MARK: What cannot be watched

    private func probe() async {
        var probes: Set<ClusterKind> = [.readyz]
        probes.formIntersection(kinds)
        let reader = ClusterReader(client: client, kinds: probes)
        do throws(APIError) {
            let read = try await reader.read()
            let members = await memberFailures()
            held.withLock { held in
                held.failures = 0
                held.index.serverVersion = read.serverVersion
                held.index.states[.version] = read.states[.version]
                held.index.replace(probes, from: read)
                held.index.members = members
            }
        } catch {
            note(failure: error)
        }
        let loaded = await OverrideStore(client: client).load()
        held.withLock {
            if loaded.problem == nil || $0.overrides.resourceVersion == nil {
                $0.overrides = loaded
            } else {
                $0.overrides.problem = loaded.problem
            }
        }
        let carrier = NodeProblemDetectorCarrier(store: RuleStore(client: client, clock: clock))
        let carried = await carrier.carry(held.withLock { $0.carried })
        held.withLock { held in
            held.carried = carried
            held.index.ruleProblems = carried.problems
        }
        await noteVersions()
        await scan()
    }

    /// What changed on nodes is dated by when it is seen here: the API does not keep it.
    func noteVersions() async {
        let (nodes, known) = held.withLock { ($0.index.nodes.records, $0.versions) }
        var changed: [String: [String: String]] = [:]
        for node in nodes where node.versions != known[node.name] { changed[node.name] = node.versions }
        if changed.isEmpty { return }
        do throws(StoreError) {
            try await store.note(versions: changed, at: clock.now())
            held.withLock { $0.versions.merge(changed) { $1 } }
        } catch {
            logger.warning("Versions on nodes were not kept.", metadata: ["reason": "\(error.message)"])
        }
    }

    private func memberFailures() async -> [String: String] {
        guard client.connection.name == "in-cluster" else { return [:] }
        var copy = index
        await ClusterReader(client: client, kinds: []).probeMembers(&copy)
        return copy.members
    }

    private func note(failure: APIError) {
        let count = held.withLock { held in
            held.failures += 1
            held.index.states[.readyz] = KindState(date: clock.now(), problem: failure)
            return held.failures
        }
        if count == Self.failuresMax {
            logger.error("The API server cannot be reached.", metadata: ["reason": "\(failure.description)"])
        }
    }

    /// Remembers what is fatal now, so that the next look can confirm it.
    private func scan() async {
        let snapshot = try? await store.snapshot(since: clock.now() - Evaluation.resolvedSeconds, now: clock.now())
        var settings = settings
        settings.overrides = held.withLock { $0.overrides.overrides }
        let state = Evaluation(
            index: index, audit: audit.table, snapshot: snapshot, settings: settings, now: clock.now()
        ).run()
        let fatal = Set(state.findings.filter { $0.detection.severity == .fatal }.map(\.key))
        held.withLock { $0.fatal = fatal }
    }

    private func readSlowly() async {
        let slow = kinds.intersection([.metrics, .handshake, .componentstatuses])
        do throws(APIError) {
            let reader = ClusterReader(client: client, kinds: slow, visitors: audit)
            let read = try await reader.read()
            held.withLock { held in
                held.index.replace(slow, from: read)
            }
        } catch {
            logger.warning("Metrics and certificates could not be read.", metadata: ["reason": "\(error.description)"])
        }
    }
}
