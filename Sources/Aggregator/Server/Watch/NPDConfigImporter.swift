import Checks
import ClusterIndex
package import ClusterObjects
import KubernetesAPI
package import Platform
import RuleEngine
import ServiceLifecycle

/// Imports node-problem-detector's own ConfigMap into the rules that agents run, so that
/// `kubectl edit cm -n kube-system node-problem-detector-config` takes effect.
///
/// A key with mistakes keeps the version that was imported last, and its mistake is in the report.
package struct NPDConfigImporter: Service {
    package static let path = "/api/v1/namespaces/kube-system/configmaps/node-problem-detector-config"
    package static let place = "kube-system/node-problem-detector-config"
    static let periodSeconds = 15.0
    /// Keys of ours that came from there.
    static let prefix = "npd-"

    let store: RuleStore
    let state: ClusterState
    let clock: any WallClock

    package init(store: RuleStore, state: ClusterState, clock: any WallClock) {
        self.store = store
        self.state = state
        self.clock = clock
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = Outcome()
            await Period(seconds: Self.periodSeconds, clock: clock).run {
                let outcome = await importConfig(last)
                last = outcome
                state.update { $0.facts.ruleProblems = outcome.problems }
            }
        }
    }

    struct Outcome: Equatable, Sendable {
        /// The version that was read last; the same again is not read twice.
        var version: String?
        /// Mistakes by key, and reasons why nothing could be written.
        var problems: [String: String] = [:]
    }

    /// - Parameter last: what the last import gave.
    func importConfig(_ last: Outcome) async -> Outcome {
        let map: RuleStore.Live?
        do throws(APIError) { map = try await store.map(Self.path) } catch {
            // The checks of the API report what is forbidden.
            return Outcome(version: last.version, problems: last.problems)
        }
        guard let map else { return last.version == nil ? Outcome() : await write([:], Outcome()) }
        if map.resourceVersion == last.version, last.problems.isEmpty { return last }
        var outcome = Outcome(version: map.resourceVersion)
        var wanted: [String: String] = [:]
        for (key, text) in map.data where RuleFolders.endings.contains(where: { key.hasSuffix($0) }) {
            let file = RuleFile.read(Array(text.utf8), name: key)
            if let error = file.errors.first {
                outcome.problems[key] = error.description
                // Kept as it was: an empty text says so.
                wanted[Self.prefix + key] = ""
            } else if file.notALogMonitor == nil {
                wanted[Self.prefix + key] = text
            }
        }
        return await write(wanted, outcome)
    }

    private func write(_ wanted: [String: String], _ outcome: Outcome) async -> Outcome {
        var outcome = outcome
        do throws(APIError) {
            let live = try await store.live()
            var new = live.data.filter { !$0.key.hasPrefix(Self.prefix) }
            for (key, text) in wanted {
                if let kept = text.isEmpty ? live.data[key] : text { new[key] = kept }
            }
            if new == live.data { return outcome }
            if let owner = live.owner {
                outcome.problems[""] =
                    "\(Names.namespace)/\(RuleStore.name) is kept by \(owner), so nothing is imported"
                return outcome
            }
            try await store.write(new, over: live, by: Names.aggregator, what: Self.place)
        } catch {
            outcome.version = nil
            outcome.problems[""] = "nothing could be imported: \(error.brief)"
        }
        return outcome
    }
}
