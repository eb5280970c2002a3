import ClusterIndex
import Evaluation
import Foundation
package import KubernetesAPI
package import Logging
package import Platform
import Practice
import ServiceLifecycle

/// Keeps the index of the cluster fresh: each kind is listed once, then watched; what cannot be watched is read on a
/// period.
package struct ClusterWatcher: Service {
    /// How often health endpoints are probed.
    static let probeSeconds = 15.0
    /// How often slow things are read again: metrics, the handshake, the version, kinds that may not be watched.
    static let slowSeconds = 300.0

    let client: KubernetesClient
    let state: ClusterState
    let clock: any WallClock
    let logger: Logger

    package init(client: KubernetesClient, state: ClusterState, clock: any WallClock, logger: Logger) {
        self.client = client
        self.state = state
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await watchAll() }
                group.addTask { await Period(seconds: Self.probeSeconds, clock: clock).run { await probe() } }
                group.addTask { await Period(seconds: Self.slowSeconds, clock: clock).run { await readSlowly() } }
            }
        }
    }

    // MARK: Lists and watches

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
            for kind in state.watchedKinds { group.addTask { await keep(kind, discovery) } }
        }
    }

    /// Lists a kind, then watches it; lists again when the watch has lost its resource version.
    private func keep(_ kind: ClusterKind, _ discovery: Discovery) async {
        guard let table = ClusterTables.table(of: kind) else { return }
        var backoff = Backoff()
        while !Task.isCancelled {
            let reader = ClusterReader(client: client, kinds: [kind], visitors: state.audit)
            let (change, path) = await reader.readOnce(kind, discovery)
            let (version, problem) = apply(kind, change)
            JSONDocument.releaseMemory()
            if let problem {
                state.update { $0.problems[kind] = problem }
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
        return state.update { contents in
            change(&contents.index)
            contents.changed.insertEverything()
            let state = contents.index.states[kind]
            contents.offsets[kind] = state.map { $0.date.seconds(since: now) } ?? 0
            if state?.problem == nil {
                contents.alive[kind] = now
                contents.problems[kind] = nil
            }
            return (state?.resourceVersion ?? "", state?.problem)
        }
    }

    /// Follows a kind until its resource version is gone (410) or a line cannot be decoded.
    private func watch(_ kind: ClusterKind, _ table: any TableKind, _ path: String, from version: String) async {
        let decoder = WatchDecoder(version: version) { type, object in receive(kind, table, type, object) }
        var backoff = Backoff()
        while !Task.isCancelled {
            let seconds = Int.random(in: 240...480)
            var query =
                "watch=1&allowWatchBookmarks=true&timeoutSeconds=\(seconds)&resourceVersion=\(decoder.version.urlEscaped)"
            if let selector = kind.fieldSelector { query += "&fieldSelector=\(selector.urlEscaped)" }
            do throws(APIError) {
                _ = try await client.stream("\(path)?\(query)", seconds: Double(seconds) + 30) { decoder.receive($0) }
                if decoder.mustRelist { return }
                backoff.succeeded()
                state.update { $0.problems[kind] = nil }
            } catch {
                if error.kind == .gone || decoder.mustRelist { return }
                state.update { $0.problems[kind] = error }
                if error.kind == .forbidden { return }
                try? await clock.sleep(seconds: backoff.nextDelaySeconds())
            }
        }
    }

    private func receive(_ kind: ClusterKind, _ table: any TableKind, _ type: WatchDecoder.Change, _ object: JSONValue)
    {
        let now = clock.now()
        if type != .bookmark { state.audit.change(object.view, of: kind, isThere: type == .set) }
        state.update { contents in
            contents.alive[kind] = now
            contents.problems[kind] = nil
            switch type {
            case .set:
                var texts = TextInterner()
                _ = table.set(object, in: &contents.index, &texts, &contents.changed)
            case .remove: table.remove(object, from: &contents.index, &contents.changed)
            case .bookmark: break
            }
        }
    }

    // MARK: What cannot be watched

    private func probe() async {
        let probes = Set([ClusterKind.readyz]).intersection(state.settings.kinds)
        do throws(APIError) {
            let read = try await ClusterReader(client: client, kinds: probes).read()
            let asked = await memberFailures()
            state.update { contents in
                contents.failures = 0
                contents.index.serverVersion = read.serverVersion
                contents.index.states[.version] = read.states[.version]
                contents.index.replace(probes, from: read)
                contents.index.members = asked.members
                contents.index.memberProblem = asked.problem
            }
        } catch {
            note(failure: error)
        }
    }

    private func memberFailures() async -> (members: [String: String], problem: APIError?) {
        guard client.connection.name == "in-cluster" else { return ([:], nil) }
        var copy = state.index
        await ClusterReader(client: client, kinds: []).probeMembers(&copy)
        return (copy.members, copy.memberProblem)
    }

    private func note(failure: APIError) {
        let now = clock.now()
        let count = state.update { contents in
            contents.failures += 1
            contents.index.states[.readyz] = KindState(date: now, problem: failure)
            return contents.failures
        }
        if count == ClusterState.failuresMax {
            logger.error("The API server cannot be reached.", metadata: ["reason": "\(failure.description)"])
        }
    }

    private func readSlowly() async {
        let slow = state.settings.kinds.intersection([.metrics, .handshake, .componentstatuses])
        do throws(APIError) {
            let read = try await ClusterReader(client: client, kinds: slow, visitors: state.audit).read()
            state.update { $0.index.replace(slow, from: read) }
        } catch {
            logger.warning("Metrics and certificates could not be read.", metadata: ["reason": "\(error.description)"])
        }
    }
}
