import Platform

/// Repeats a body until its task is cancelled.
struct Period {
    let seconds: Double
    let clock: any WallClock

    func run(_ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            // Jitter, so that replicas and restarts do not fall into step. A sleep ends early only by cancellation.
            try? await clock.sleep(seconds: seconds * Double.random(in: 0.9...1.1))
        }
    }
}
