import ClusterIndex
package import Logging
package import Platform
import ServiceLifecycle
package import Store

/// Records versions on nodes in the store. What changed is dated by when it is seen here: the API does not keep it.
package actor VersionRecorder: Service {
    static let periodSeconds = 15.0

    private let state: ClusterState
    private let store: any Store
    private let clock: any WallClock
    private let logger: Logger
    /// Versions on nodes as the store has them.
    private var recorded: [String: [String: String]] = [:]

    package init(state: ClusterState, store: any Store, clock: any WallClock, logger: Logger) {
        self.state = state
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.state.waitUntilListed(seconds: Self.periodSeconds)
            await Period(seconds: Self.periodSeconds, clock: self.clock).run { await self.record() }
        }
    }

    func record() async {
        var changed: [String: [String: String]] = [:]
        for node in state.read({ $0.index.nodes.records }) where node.versions != recorded[node.name] {
            changed[node.name] = node.versions
        }
        if changed.isEmpty { return }
        do throws(StoreError) {
            try await store.note(versions: changed, at: clock.now())
            recorded.merge(changed) { $1 }
        } catch {
            logger.warning("Versions on nodes could not be recorded.", metadata: ["reason": "\(error.message)"])
        }
    }
}
