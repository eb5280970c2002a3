import ClusterIndex
import Findings
import KubernetesAPI

struct CertificateExpiryCheck: ClusterCheck {
    let id = "CertExpiring"
    let scopes: ClusterScope.Kinds = .controlPlane
    let alsoReads: [ClusterKind] = [
        .validatingwebhookconfigurations, .mutatingwebhookconfigurations, .apiservices, .secrets,
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let evaluator = CertificateEvaluator(view: view, id: id, now: view.clock)
        if view.index.clientCertificate.isPresent {
            bundle(
                view.index.clientCertificate, ObjectReference(kind: "Certificate", name: "kubeconfig"), "client",
                evaluator,
                &out, ca: false)
        }
        for (kind, table) in [
            ("ValidatingWebhookConfiguration", view.index.validatingwebhookconfigurations),
            ("MutatingWebhookConfiguration", view.index.mutatingwebhookconfigurations),
        ] {
            for configuration in table.records {
                for webhook in configuration.webhooks where webhook.authority.isPresent {
                    bundle(
                        webhook.authority, configuration.metadata.reference(kind), webhook.name, evaluator, &out,
                        ca: true)
                }
            }
        }
        for service in view.index.apiservices.records where service.authority.isPresent {
            bundle(
                service.authority, ObjectReference(kind: "APIService", name: service.name), "", evaluator, &out,
                ca: true)
        }
        for secret in view.index.secrets.records {
            bundle(secret.certificate, secret.metadata.reference("Secret"), "", evaluator, &out, ca: false)
        }
        if view.index.states[.secrets] == nil {
            out.unobserved(.notConfigured, "TLS Secrets are read only where `secrets: true` is configured")
        }
    }

    /// Of an authority's bundle the one that lasts longest counts; of a chain the one that ends first.
    private func bundle(
        _ bundle: CertificateBundle, _ object: ObjectReference, _ subject: String, _ evaluator: CertificateEvaluator,
        _ out: inout CheckOutput,
        ca: Bool
    ) {
        guard let certificate = ca ? bundle.last : bundle.certificates.first else {
            let place = object.namespace.isEmpty ? object.name : "\(object.namespace)/\(object.name)"
            return out.unobserved(.malformed, scope: "cluster", "\(object.kind) \(place) \(subject): \(bundle.problem)")
        }
        evaluator.report(certificate, object, subject: subject, &out)
    }
}
