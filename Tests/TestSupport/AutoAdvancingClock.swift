package import Platform

/// A clock for code that sleeps within the call that the test awaits, such as a client that tries again: nobody is
/// there to advance a `ManualClock` meanwhile.
///
/// Whenever somebody falls asleep, time jumps to the earliest deadline of all who are asleep, and whoever is due wakes.
/// So what sleeps one after the other waits as long as it wishes, and not longer. Those that sleep side by side each
/// move the time: a test about how long they wait, and code that sleeps in a loop for ever, need a `ManualClock`.
package final class AutoAdvancingClock: WallClock {
    private let clock: ManualClock

    package init(_ start: Timestamp = Timestamp(seconds: 1_700_000_000)) { clock = ManualClock(start) }

    package func now() -> Timestamp { clock.now() }

    /// - Throws: `CancellationError`.
    package func sleep(seconds: Double) async throws {
        await Task.yield()
        try await clock.sleep(seconds: seconds) {
            if let next = clock.nextDeadline { clock.advance(to: next) }
        }
    }
}
