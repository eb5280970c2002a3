package import Platform

/// From when until when a certificate is valid, and how bad its end is, on nodes and in the API alike.
package struct CertificateValidity: Sendable, Equatable {
    /// Certificates that live longer are judged by days, shorter ones by shares of their lifetime.
    static let longLivedSeconds = 120 * Seconds.perDay
    /// Shares of the lifetime that are left.
    static let warningShare = 0.1
    static let dangerShare = 0.03

    package let notBefore: Timestamp
    package let notAfter: Timestamp

    package init(notBefore: Timestamp, notAfter: Timestamp) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// - Parameters:
    ///   - warningDays: days left; of a long-lived certificate.
    ///   - dangerDays: the same.
    ///   - isLongLived: it is judged by days, however long it lives.
    /// - Returns: nil: nothing is wrong.
    package func severity(
        at now: Timestamp, warningDays: Double, dangerDays: Double, isLongLived: Bool = false
    ) -> Severity? {
        if notBefore > now { return .danger }
        let left = notAfter.seconds(since: now)
        if left < 0 { return .fatal }
        let lifetime = notAfter.seconds(since: notBefore)
        let isLong = isLongLived || lifetime > Self.longLivedSeconds
        let danger = isLong ? dangerDays * Seconds.perDay : lifetime * Self.dangerShare
        let warning = isLong ? warningDays * Seconds.perDay : lifetime * Self.warningShare
        return left < danger ? .danger : left < warning ? .warning : nil
    }

    /// `/etc/kubernetes/pki/ca.crt expires in 3d`.
    package func text(_ name: String, at now: Timestamp) -> String {
        if notBefore > now { return "\(name) is not valid yet, check the clock" }
        let left = notAfter.seconds(since: now)
        return left < 0 ? "\(name) has expired" : "\(name) expires in \(GoDuration.brief(left))"
    }
}
