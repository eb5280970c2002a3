import Testing

@testable import HTTP
@testable import Platform

/// Numbers from outside may be of any size: nothing traps.
@Suite struct SaturatingTests {
    @Test(
        arguments: [
            (Double.nan, Int64(0)), (.infinity, .max), (-.infinity, .min), (1e300, .max), (-1e300, .min),
            (9.3e18, .max), (2.5, 3), (-2.5, -3), (0, 0),
        ]) func aNumberBecomesTheNearestOneThatFits(_ number: Double, _ whole: Int64)
    {
        #expect(Int64(saturating: number) == whole)
    }

    @Test func sumsAndDifferencesStopAtTheBounds() {
        #expect(Int64.max.addingSaturated(1) == .max)
        #expect(Int64.min.addingSaturated(-1) == .min)
        #expect(Int64.min.subtractingSaturated(1) == .min)
        #expect(Int64.max.subtractingSaturated(-1) == .max)
        #expect(Int64(5).subtractingSaturated(7) == -2)
    }

    @Test func timesStopAtTheBounds() {
        let first = Timestamp(microseconds: .min)
        let last = Timestamp(microseconds: .max)
        #expect(last + 600 == last)
        #expect(first - 600 == first)
        #expect(last.seconds(since: first) > 0)
        #expect(first.seconds(since: last) < 0)
        #expect(Timestamp(seconds: 1e300) == last)
        #expect(!first.utcRFC3339.isEmpty)
        #expect(!last.localRFC3339.isEmpty)
    }

    @Test(arguments: [1e300, -1e300, .infinity, .nan, 1e18]) func spansOfAnySizeAreWritten(_ seconds: Double) {
        #expect(!GoDuration.brief(seconds).isEmpty)
        #expect(!GoDuration.text(seconds).isEmpty)
    }

    @Test(
        arguments: [
            ("120", 120.0), ("0", 0), ("nan", nil), ("inf", nil), ("1e300", nil), ("-1", nil), ("", nil),
            ("99999999999999", nil), ("Wed, 21 Oct 2015 07:28:00 GMT", nil),
        ] as [(String, Double?)]) func aServersWishToWaitIsANumberOfSecondsOrNone(_ text: String, _ seconds: Double?)
    {
        #expect(HTTPResponse(status: 503, headers: [("retry-after", text)], body: []).retryAfterSeconds == seconds)
    }

    @Test(arguments: [Double.nan, .infinity, -1, 1e300]) func aWaitIsNeverLongerThanItsCap(_ wish: Double) {
        var backoff = Backoff(random: { 0.5 })
        let delay = backoff.nextDelaySeconds(retryAfter: wish)
        #expect(delay >= 0)
        #expect(delay <= Backoff.retryAfterSecondsMax)
    }
}
