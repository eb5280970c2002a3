package import Platform
import ServiceLifecycle

/// Ends states that have reached their age, and gaps in logs that are an hour old.
package struct StateExpiry: Service {
    static let periodSeconds = 1.0
    /// A gap in a log is reported for as long as its findings would count.
    static let gapSeconds = 3600.0

    private let states: StateTable
    private let observations: ObservationTable
    private let clock: any WallClock

    package init(states: StateTable, observations: ObservationTable, clock: any WallClock) {
        self.states = states
        self.observations = observations
        self.clock = clock
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await clock.sleep(seconds: Self.periodSeconds)
                expire()
            }
        }
    }

    func expire() {
        let now = clock.now()
        states.expire(at: now)
        observations.expireGaps(before: now - Self.gapSeconds)
    }
}
