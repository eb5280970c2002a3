package import Logging
package import Platform
import ServiceLifecycle
package import Store

/// Removes old findings from the store every ten minutes.
package struct RetentionService: Service {
    static let periodSeconds = 600.0

    package let store: any Store
    package let limits: RetentionLimits
    package let clock: any WallClock
    package let logger: Logger

    package init(store: any Store, limits: RetentionLimits, clock: any WallClock, logger: Logger) {
        self.store = store
        self.limits = limits
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do throws(StoreError) {
                    try await store.retain(limits, at: clock.now())
                } catch {
                    logger.error("Old findings could not be removed.", metadata: ["reason": "\(error.message)"])
                }
                try? await clock.sleep(seconds: Self.periodSeconds)
            }
        }
    }
}
