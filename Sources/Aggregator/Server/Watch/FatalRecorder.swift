import CheckModel
import Checks
import Evaluation
import Findings
package import Logging
package import Platform
import Practice
import ServiceLifecycle
package import Store

/// Evaluates the cluster on a period and records what is fatal, so that a report calls fatal only what an earlier
/// evaluation has seen as well.
package struct FatalRecorder: Service {
    static let periodSeconds = 15.0

    let state: ClusterState
    let store: any Store
    let clock: any WallClock
    let logger: Logger

    package init(state: ClusterState, store: any Store, clock: any WallClock, logger: Logger) {
        self.state = state
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await state.waitUntilListed(seconds: Self.periodSeconds)
            await Period(seconds: Self.periodSeconds, clock: clock).run { await record() }
        }
    }

    /// With a store that cannot be read, what was recorded last stays: without the agents' findings, an evaluation
    /// would miss fatal findings and show others that agents explain.
    func record() async {
        let now = clock.now()
        do throws(StoreError) {
            let snapshot = try await store.snapshot(since: now - Evaluation.resolvedSeconds, now: now)
            var settings = state.settings
            settings.overrides = state.overrides
            let merged = Evaluation(
                index: state.index, audit: state.audit.table, snapshot: snapshot, aggregator: state.facts,
                settings: settings, now: now
            ).run()
            let fatal = Set(merged.findings.filter { $0.detection.severity == .fatal }.map(\.key))
            state.update { $0.fatal = fatal }
        } catch {
            logger.warning("Fatal findings could not be confirmed.", metadata: ["reason": "\(error.message)"])
        }
    }
}
