import Shared

struct CertificateExpiryCheck: ClusterCheck {
    let description = CheckDescription(
        id: "CertExpiring", table: .certificates, severity: .fatal,
        title: .init("no certificate will soon have ended", "没有即将到期的证书"),
        why: .init("What an expired certificate protected stops from one second to the next.", "证书过期后相关功能会立即中断。"),
        trigger: .init(
            "CA bundles of webhooks and APIServices, the kubeconfig's client certificate, on nodes the files of control plane and kubelet; TLS Secrets where switched on. Lifetimes over 120 days: 30 and 7 days; shorter ones: 10 % and 3 %.",
            "Webhook 与 APIService 的 CA、kubeconfig 客户端证书、节点上控制面与 kubelet 的证书文件；开启后包括 TLS Secret。有效期超过 120 天：30/7 天；更短：10%/3%。"
        ),
        remedy: .init(
            "Renew it: kubeadm certs renew, cert-manager, or the operator that made it.",
            "更新证书：kubeadm certs renew、cert-manager 或其所属 operator。"),
        alsoReads: [.validatingwebhookconfigurations, .mutatingwebhookconfigurations, .apiservices, .secrets],
        usesAgents: true,
        thresholds: CertificateJudge.thresholds)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let judge = CertificateJudge(view: view, description: description, now: view.clock)
        if view.index.clientCertificate.isPresent {
            bundle(
                view.index.clientCertificate, ObjectReference(kind: "Certificate", name: "kubeconfig"), "client", judge,
                &out, ca: false)
        }
        for (kind, table) in [
            ("ValidatingWebhookConfiguration", view.index.validatingwebhookconfigurations),
            ("MutatingWebhookConfiguration", view.index.mutatingwebhookconfigurations),
        ] {
            for configuration in table.records {
                for webhook in configuration.webhooks where webhook.authority.isPresent {
                    bundle(
                        webhook.authority, configuration.metadata.reference(kind), webhook.name, judge, &out, ca: true)
                }
            }
        }
        for service in view.index.apiservices.records where service.authority.isPresent {
            bundle(
                service.authority, ObjectReference(kind: "APIService", name: service.name), "", judge, &out, ca: true)
        }
        for secret in view.index.secrets.records {
            bundle(secret.certificate, secret.metadata.reference("Secret"), "", judge, &out, ca: false)
        }
        for kind in description.alsoReads where kind != .secrets {
            if let problem = view.index.states[kind]?.problem {
                out.unobserved(problem.unobservedReason, problem.brief)
            }
        }
        if view.index.states[.secrets] == nil {
            out.unobserved(.notConfigured, "TLS Secrets are read only where `secrets: true` is configured")
        }
    }

    /// Of an authority's bundle the one that lasts longest counts; of a chain the one that ends first.
    private func bundle(
        _ bundle: CertificateBundle, _ object: ObjectReference, _ subject: String, _ judge: CertificateJudge,
        _ out: inout CheckOutput,
        ca: Bool
    ) {
        guard let certificate = ca ? bundle.last : bundle.certificates.first else {
            let place = object.namespace.isEmpty ? object.name : "\(object.namespace)/\(object.name)"
            return out.unobserved(.malformed, scope: "cluster", "\(object.kind) \(place) \(subject): \(bundle.problem)")
        }
        judge.report(certificate, object, subject: subject, &out)
    }
}
