import Logging
import ServiceLifecycle
import Shared

/// Lets go of old findings every ten minutes, and closes the store when all doors are closed.
struct RetentionService: Service {
    static let periodSeconds = 600.0

    let store: any Store
    let limits: RetentionLimits
    let clock: any WallClock
    let logger: Logger

    func run() async throws {
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
