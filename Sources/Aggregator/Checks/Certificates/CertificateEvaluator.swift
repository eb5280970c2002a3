import CheckModel
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// How bad the end of a certificate is, by the days left; for short lifetimes by the share of the lifetime left.
struct CertificateEvaluator {
    let view: ClusterView
    let id: String
    let now: Timestamp

    func report(
        _ certificate: CertificateFacts, _ object: ObjectReference, subject: String, isLongLived: Bool = false,
        worst: Severity = .fatal, _ out: inout CheckOutput
    ) {
        let validity = CertificateValidity(notBefore: certificate.notBefore, notAfter: certificate.notAfter)
        guard
            let severity = validity.severity(
                at: now, warningDays: view.threshold(id, "days"), dangerDays: view.threshold(id, "dangerDays"),
                isLongLived: isLongLived)
        else { return out.healthy() }
        let name = subject.isEmpty ? object.name : "\(object.name) \(subject)"
        out.state(
            min(severity, worst), object, subject: subject, reason: id,
            "\(validity.text(name, at: now)) (SHA-256 \(certificate.fingerprint.prefix(16)))", table: .certificates,
            deadline: certificate.notAfter)
    }
}
