import Testing

@testable import Platform
@testable import Report

@Suite struct CertificateTimeTests {
    private let now = Timestamp(seconds: 1_767_268_800)

    @Test(arguments: [
        (86_400.0, "1d"), (86_399, "23h"), (3600, "1h"), (59, "0h"), (0, "0h"), (-1, "expired"), (864_000, "10d"),
    ]) func whatIsLeftIsWholeDaysOrHours(_ seconds: Double, _ text: String) {
        #expect(CertificateTime.residual(now + seconds, now: now) == text)
    }

    @Test func theEndIsADateInUTC() {
        #expect(CertificateTime.expires(now) == "Jan 01, 2026 12:00 UTC")
    }
}
