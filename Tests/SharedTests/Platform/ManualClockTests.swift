import Synchronization
import TestSupport
import Testing

@testable import Platform

@Suite struct ManualClockTests {
    private let clock = ManualClock(Timestamp(seconds: 100))

    private func sleeper(_ seconds: Double) -> Task<Timestamp, any Error> {
        Task { [clock] in
            try await clock.sleep(seconds: seconds)
            return clock.now()
        }
    }

    @Test func timeStandsStillUntilItIsAdvanced() {
        #expect(clock.now() == Timestamp(seconds: 100))
        clock.advance(by: 2.5)
        #expect(clock.now() == Timestamp(seconds: 102.5))
        clock.advance(to: Timestamp(seconds: 200))
        #expect(clock.now() == Timestamp(seconds: 200))
    }

    @Test func timeNeverGoesBack() {
        clock.advance(to: Timestamp(seconds: 99))
        clock.advance(by: -1)
        #expect(clock.now() == Timestamp(seconds: 100))
    }

    @Test func twoSleepersShareOneTime() async throws {
        let early = sleeper(10), late = sleeper(20)
        await clock.waitForSleepers(2)
        #expect(clock.now() == Timestamp(seconds: 100), "who sleeps moves no time")
        #expect(clock.nextDeadline == Timestamp(seconds: 110))
        clock.advance(by: 10)
        #expect(try await early.value == Timestamp(seconds: 110))
        #expect(clock.sleeperCount == 1)
        #expect(clock.nextDeadline == Timestamp(seconds: 120))
        clock.advance(to: Timestamp(seconds: 120))
        #expect(try await late.value == Timestamp(seconds: 120))
        #expect(clock.nextDeadline == nil)
    }

    @Test func nobodyWakesTooEarly() async throws {
        let sleeper = sleeper(10)
        await clock.waitForSleepers(1)
        clock.advance(by: 9.999_999)
        #expect(clock.sleeperCount == 1)
        clock.advance(by: 0.000_001)
        #expect(try await sleeper.value == Timestamp(seconds: 110))
    }

    /// A period that sees an hour pass at once has one turn, and its next one a period later.
    @Test func aPeriodCountsFromTheTimeThatWasAdvancedTo() async {
        let turns = Mutex<[Timestamp]>([])
        let ticker = Task { [clock] in
            while !Task.isCancelled {
                try? await clock.sleep(seconds: 1)
                if !Task.isCancelled { turns.withLock { $0.append(clock.now()) } }
            }
        }
        for seconds in [3600.0, 1] {
            await clock.waitForSleepers(1)
            clock.advance(by: seconds)
        }
        await clock.waitForSleepers(1)
        #expect(turns.withLock { $0 } == [Timestamp(seconds: 3700), Timestamp(seconds: 3701)])
        ticker.cancel()
        await ticker.value
    }

    @Test func aCancelledSleeperThrowsAndIsGone() async {
        let sleeper = sleeper(10)
        await clock.waitForSleepers(1)
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
        clock.advance(by: 100)
    }

    @Test func aTaskThatIsCancelledAlreadyDoesNotFallAsleep() async {
        let sleeper = Task { [clock] in
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(seconds: 10)
        }
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test(arguments: [0.0, -1]) func noTimeAtAllIsNoSleep(_ seconds: Double) async throws {
        try await clock.sleep(seconds: seconds)
        #expect(clock.now() == Timestamp(seconds: 100))
    }

    @Test func waitingForSleepersEndsWhenItIsCancelled() async {
        let waiting = Task { [clock] in await clock.waitForSleepers(1) }
        waiting.cancel()
        await waiting.value
    }

    @Test func aWatcherOfTwoIsNotWokenByOne() async throws {
        let isSeen = Mutex(false)
        let watcher = Task { [clock] in
            await clock.waitForSleepers(2)
            isSeen.withLock { $0 = true }
        }
        let first = sleeper(5)
        await clock.waitForSleepers(1)
        #expect(!isSeen.withLock { $0 })
        let second = sleeper(5)
        await watcher.value
        #expect(clock.sleeperCount == 2)
        clock.advance(by: 5)
        _ = try await (first.value, second.value)
    }

    @Test func anAutoAdvancingOneJumpsToTheDeadline() async throws {
        let clock = AutoAdvancingClock(Timestamp(seconds: 100))
        try await clock.sleep(seconds: 60)
        #expect(clock.now() == Timestamp(seconds: 160))
        try await clock.sleep(seconds: 3600)
        #expect(clock.now() == Timestamp(seconds: 3760))
    }

    @Test func anAutoAdvancingOneThrowsWhenCancelled() async {
        let clock = AutoAdvancingClock(Timestamp(seconds: 100))
        let sleeper = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(seconds: 10)
        }
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.now() == Timestamp(seconds: 100))
    }
}
