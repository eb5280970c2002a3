public import Shared
import Synchronization

/// A clock in the test's hand. A sleeper does not wait: time jumps to where it wants to wake, so hours pass at once.
public final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    public init(_ start: Timestamp = Timestamp(seconds: 1_700_000_000)) { time = Mutex(start) }

    public func now() -> Timestamp { time.withLock { $0 } }

    public func advance(seconds: Double) { time.withLock { $0 = $0 + seconds } }

    public func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        // A little real time, so that sleepers in a loop leave others their turn.
        try await Task.sleep(for: .milliseconds(1))
        advance(seconds: seconds)
    }
}
