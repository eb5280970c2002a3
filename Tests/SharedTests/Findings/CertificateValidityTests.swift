import Testing

@testable import Findings
@testable import Platform

@Suite struct CertificateValidityTests {
    private static let start = Timestamp(seconds: 1_700_000_000)

    private func severity(lifetimeDays: Double, leftDays: Double, isLongLived: Bool = false) -> Severity? {
        let validity = CertificateValidity(
            notBefore: Self.start, notAfter: Self.start + lifetimeDays * Seconds.perDay)
        let now = validity.notAfter - leftDays * Seconds.perDay
        return validity.severity(at: now, warningDays: 30, dangerDays: 7, isLongLived: isLongLived)
    }

    @Test func longLivedOnesGoByDays() {
        #expect(severity(lifetimeDays: 365, leftDays: 31) == nil)
        #expect(severity(lifetimeDays: 365, leftDays: 29) == .warning)
        #expect(severity(lifetimeDays: 365, leftDays: 6) == .danger)
        #expect(severity(lifetimeDays: 365, leftDays: -1) == .fatal)
    }

    @Test func shortLivedOnesGoByShares() {
        #expect(severity(lifetimeDays: 10, leftDays: 1.1) == nil)
        #expect(severity(lifetimeDays: 10, leftDays: 0.9) == .warning)
        #expect(severity(lifetimeDays: 10, leftDays: 0.2) == .danger)
        #expect(severity(lifetimeDays: 10, leftDays: 9, isLongLived: true) == .warning)
    }

    @Test func oneOfTomorrowIsDangerAndSaysSo() {
        #expect(severity(lifetimeDays: 365, leftDays: 366) == .danger)
        let validity = CertificateValidity(notBefore: Self.start, notAfter: Self.start + Seconds.perDay)
        #expect(validity.text("a", at: Self.start - 60) == "a is not valid yet, check the clock")
        #expect(validity.text("a", at: Self.start + 2 * Seconds.perDay) == "a has expired")
    }
}
