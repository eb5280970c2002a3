import Shared

struct ApiServerCertificateCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeApiServerExpiredPeriod", table: .certificates, severity: .fatal,
        title: .init("API-server certificate expires in less than 30 days", "将检查ApiServer证书的到期日期少于30天"),
        why: .init(
            "When it has expired no client, kubelet or controller talks to the API server any more.",
            "过期后所有客户端、kubelet 与控制器都无法连接 API server。"),
        trigger: .init(
            "Less than 30 days left: warning; less than 7: danger; expired: fatal; not valid yet: danger.",
            "剩余不足 30 天为 warning，不足 7 天为 danger，过期为 fatal，尚未生效为 danger。"),
        remedy: .init(
            "Renew it (kubeadm certs renew apiserver), then restart the API server.",
            "更新证书（kubeadm certs renew apiserver）后重启 API server。"),
        needs: [.handshake], usesAgents: true, thresholds: CertificateJudge.thresholds)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.handshake), view.index.states[.handshake] != nil else { return }
        guard let leaf = view.index.chain.certificates.first else {
            return out.unobserved(.malformed, "the handshake showed no certificate that can be read")
        }
        let judge = CertificateJudge(view: view, description: description, now: view.now(.handshake))
        judge.report(
            leaf, ObjectReference(kind: "Certificate", name: "kube-apiserver"), subject: "", isLongLived: true, &out)
    }
}

/// When a certificate's end is worth a word (CHECKS.md §6 and §8).
struct CertificateJudge {
    let view: ClusterView
    let description: CheckDescription
    let now: Timestamp

    static let thresholds: [CheckThreshold] = [
        .init(name: "days", value: 30, meaning: .init("days left: warning", "剩余天数：warning")),
        .init(name: "dangerDays", value: 7, meaning: .init("days left: danger", "剩余天数：danger")),
    ]

    /// Lifetimes over 120 days: 30 and 7 days; shorter ones: 10 % and 3 % of the lifetime.
    func severity(_ certificate: CertificateFacts, isLongLived: Bool) -> Severity? {
        let left = certificate.notAfter.seconds(since: now)
        if certificate.notBefore > now { return .danger }
        if left < 0 { return .fatal }
        let isLong = isLongLived || certificate.lifetimeSeconds > 120 * 86_400
        let warning = isLong ? view.threshold(description, "days") * 86_400 : certificate.lifetimeSeconds * 0.1
        let danger = isLong ? view.threshold(description, "dangerDays") * 86_400 : certificate.lifetimeSeconds * 0.03
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
            min(severity, worst), object, subject: subject, reason: description.id,
            "\(text) (SHA-256 \(certificate.fingerprint.prefix(16)))", table: .certificates,
            deadline: certificate.notAfter)
    }
}
