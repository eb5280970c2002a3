import Findings
package import Logging
package import Platform
import ServiceLifecycle

/// Writes the heartbeat file while the agent runs.
package struct HeartbeatService: Service {
    static let periodSeconds = 10.0

    private let state: HeartbeatState
    private let clock: any WallClock
    private let logger: Logger

    package init(_ state: HeartbeatState, clock: any WallClock, logger: Logger) {
        self.state = state
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var last: SystemError?
            while !Task.isCancelled {
                var problem: SystemError?
                do throws(SystemError) { try state.beat() } catch { problem = error }
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
