internal import Glibc

/// The source of the time. Injected everywhere, so that tests control it.
package protocol WallClock: Sendable {
    func now() -> Timestamp
    /// Seconds since the boot, asleep or awake: goes on evenly whatever is done to the wall clock.
    func uptimeSeconds() -> Double
    func sleep(seconds: Double) async throws
}

extension WallClock {
    /// Of a clock that nobody sets.
    package func uptimeSeconds() -> Double { now().seconds(since: Timestamp(microseconds: 0)) }
}

/// The machine's clock.
package struct SystemClock: WallClock {
    /// A longer sleep ends after this.
    private static let sleepSecondsMax = 366 * Seconds.perDay

    package init() {}
    package func now() -> Timestamp { .now() }
    package func uptimeSeconds() -> Double {
        var spec = timespec()
        clock_gettime(CLOCK_BOOTTIME, &spec)
        return Double(spec.tv_sec) + Double(spec.tv_nsec) / 1e9
    }
    package func sleep(seconds: Double) async throws {
        try await Task.sleep(for: .microseconds(Int64(saturating: min(seconds, Self.sleepSecondsMax) * 1_000_000)))
    }
}
