package import Logging
package import Platform
import ServiceLifecycle
package import Store

/// Removes old findings from the store every ten minutes, unless the clock jumped.
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
            var judged = RetentionClock(
                newest: self.store.newestAtStart, now: self.clock.now(), uptime: self.clock.uptimeSeconds())
            while !Task.isCancelled {
                await self.round(&judged)
                try? await self.clock.sleep(seconds: Self.periodSeconds)
            }
        }
    }

    func round(_ judged: inout RetentionClock) async {
        let now = clock.now()
        guard judged.isBelieved(now: now, uptime: clock.uptimeSeconds()) else {
            logger.warning(
                "The clock is far ahead of the store; nothing is removed for its age for an hour.",
                metadata: ["clock": "\(now.utcRFC3339)", "newest": "\(store.newestAtStart?.utcRFC3339 ?? "-")"])
            return
        }
        do throws(StoreError) {
            try await store.retain(limits, at: now)
        } catch {
            logger.error("Old findings could not be removed.", metadata: ["reason": "\(error.message)"])
        }
    }
}
