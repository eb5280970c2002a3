import Findings
package import Logging
package import Platform
import ServiceLifecycle

/// Writes the heartbeat file while the agent runs.
package struct HeartbeatService: Service {
    static let periodSeconds = 10.0

    private let file: HeartbeatFile
    private let clock: any WallClock
    private let logger: Logger

    package init(_ file: HeartbeatFile, clock: any WallClock, logger: Logger) {
        self.file = file
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var last: SystemError?
            while !Task.isCancelled {
                var problem: SystemError?
                do throws(SystemError) { try file.write(at: clock.now()) } catch { problem = error }
                if let problem, problem != last {
                    logger.warning(
                        "The heartbeat file cannot be written; a liveness probe will fail.",
                        metadata: ["reason": "\(problem)"])
                }
                last = problem
                try? await clock.sleep(seconds: Self.periodSeconds)
            }
        }
    }
}
