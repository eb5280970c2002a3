import CheckModel
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// How bad the end of a certificate is (CHECKS.md §6 and §8).
struct CertificateEvaluator {
    let view: ClusterView
    let id: String
    let now: Timestamp

    /// Lifetimes over 120 days: 30 and 7 days; shorter ones: 10 % and 3 % of the lifetime.
    func severity(_ certificate: CertificateFacts, isLongLived: Bool) -> Severity? {
        let left = certificate.notAfter.seconds(since: now)
        if certificate.notBefore > now { return .danger }
        if left < 0 { return .fatal }
        let isLong = isLongLived || certificate.lifetimeSeconds > CheckTimes.longLivedCertificateSeconds
        let warning = isLong ? view.threshold(id, "days") * Seconds.perDay : certificate.lifetimeSeconds * 0.1
        let danger = isLong ? view.threshold(id, "dangerDays") * Seconds.perDay : certificate.lifetimeSeconds * 0.03
        return left < danger ? .danger : left < warning ? .warning : nil
    }

    func report(
        _ certificate: CertificateFacts, _ object: ObjectReference, subject: String, isLongLived: Bool = false,
        worst: Severity = .fatal, _ out: inout CheckOutput
    ) {
        guard let severity = severity(certificate, isLongLived: isLongLived) else { return out.healthy() }
        let left = certificate.notAfter.seconds(since: now)
        let name = subject.isEmpty ? object.name : "\(object.name) \(subject)"
        let text =
            certificate.notBefore > now
            ? "\(name) is not valid yet, check the clock"
            : left < 0
                ? "\(name) has expired" : "\(name) expires in \(GoDuration.brief(left))"
        out.state(
            min(severity, worst), object, subject: subject, reason: id,
            "\(text) (SHA-256 \(certificate.fingerprint.prefix(16)))", table: .certificates,
            deadline: certificate.notAfter)
    }
}
