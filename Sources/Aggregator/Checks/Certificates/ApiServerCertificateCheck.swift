import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct ApiServerCertificateCheck: ClusterCheck {
    let id = "NodeApiServerExpiredPeriod"
    let needs: [ClusterKind] = [.handshake]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.handshake), view.index.states[.handshake] != nil else { return }
        guard let leaf = view.index.chain.certificates.first else {
            return out.unobserved(.malformed, "the handshake showed no certificate that can be read")
        }
        let judge = CertificateJudge(view: view, id: id, now: view.now(.handshake))
        judge.report(
            leaf, ObjectReference(kind: "Certificate", name: "kube-apiserver"), subject: "", isLongLived: true, &out)
    }
}

/// When a certificate's end is worth a word (CHECKS.md §6 and §8).
struct CertificateJudge {
    let view: ClusterView
    let id: String
    let now: Timestamp

    /// Lifetimes over 120 days: 30 and 7 days; shorter ones: 10 % and 3 % of the lifetime.
    func severity(_ certificate: CertificateFacts, isLongLived: Bool) -> Severity? {
        let left = certificate.notAfter.seconds(since: now)
        if certificate.notBefore > now { return .danger }
        if left < 0 { return .fatal }
        let isLong = isLongLived || certificate.lifetimeSeconds > 120 * 86_400
        let warning = isLong ? view.threshold(id, "days") * 86_400 : certificate.lifetimeSeconds * 0.1
        let danger = isLong ? view.threshold(id, "dangerDays") * 86_400 : certificate.lifetimeSeconds * 0.03
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
