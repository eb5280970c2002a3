import Host
import Platform
import ServiceLifecycle

/// Lets go, once, of memory that only starting needed.
struct StartupPagesService: Service {
    let clock: any WallClock

    func run() async throws {
        await cancelWhenGracefulShutdown { try? await clock.sleep(seconds: StartupPages.afterSeconds) }
        StartupPages.release()
        try? await gracefulShutdown()
    }
}
