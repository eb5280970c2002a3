import Testing

@testable import Platform
@testable import Web

/// Nothing is removed for its age by a clock that jumped.
@Suite struct RetentionClockTests {
    private let start = Timestamp(seconds: 1_700_000_000)

    @Test func aClockThatGoesEvenlyIsBelieved() {
        var clock = RetentionClock(newest: start - 60, now: start, uptime: 100)
        for step in 0..<10 {
            let seconds = Double(step) * 600
            let isBelieved = clock.isBelieved(now: start + seconds, uptime: 100 + seconds)
            #expect(isBelieved)
        }
    }

    @Test func aStoreThatIsEmptyGivesNoReasonToDoubt() {
        var clock = RetentionClock(newest: nil, now: start, uptime: 100)
        let isBelieved = clock.isBelieved(now: start, uptime: 100)
        #expect(isBelieved)
    }

    /// Started once, a month ahead.
    @Test func aClockFarAheadOfTheStoreIsBelievedAfterAnHour() {
        let ahead = start + 30 * Seconds.perDay
        var clock = RetentionClock(newest: start, now: ahead, uptime: 100)
        for step in 0..<6 {
            let seconds = Double(step) * 600
            let isBelieved = clock.isBelieved(now: ahead + seconds, uptime: 100 + seconds)
            #expect(!isBelieved)
        }
        let isBelieved = clock.isBelieved(now: ahead + 3600, uptime: 3700)
        #expect(isBelieved, "it was away for a month")
    }

    @Test func aClockThatJumpsWhileTheProgramRunsIsDoubted() {
        var clock = RetentionClock(newest: start, now: start, uptime: 100)
        let ahead = start + 30 * Seconds.perDay
        let jumped = clock.isBelieved(now: ahead, uptime: 700)
        #expect(!jumped)
        let still = clock.isBelieved(now: ahead + 600, uptime: 1300)
        #expect(!still)
        // Put right again.
        let right = clock.isBelieved(now: start + 1800, uptime: 1900)
        #expect(right)
    }

    @Test func aStepBackIsNoReasonToWait() {
        var clock = RetentionClock(newest: start, now: start, uptime: 100)
        let isBelieved = clock.isBelieved(now: start - 7200, uptime: 700)
        #expect(isBelieved, "an earlier clock removes less")
    }
}
