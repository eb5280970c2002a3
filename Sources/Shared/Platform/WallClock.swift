internal import Glibc

/// The source of the time. Injected everywhere, so that tests control it.
package protocol WallClock: Sendable {
    func now() -> Timestamp
    func sleep(seconds: Double) async throws
}

/// The machine's clock.
package struct SystemClock: WallClock {
    package init() {}
    package func now() -> Timestamp { .now() }
    package func sleep(seconds: Double) async throws {
        try await Task.sleep(for: .microseconds(Int64(seconds * 1_000_000)))
    }
}
