import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct WebhookCheck: ClusterCheck {
    let id = "WebhookBroken"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [
        .validatingwebhookconfigurations, .mutatingwebhookconfigurations, .services, .endpointslices,
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let tables: [(String, ClusterKind, RecordTable<WebhookConfigurationRecord>)] = [
            (
                "ValidatingWebhookConfiguration", .validatingwebhookconfigurations,
                view.index.validatingwebhookconfigurations
            ),
            ("MutatingWebhookConfiguration", .mutatingwebhookconfigurations, view.index.mutatingwebhookconfigurations),
        ]
        for (kind, clusterKind, table) in tables {
            let now = view.now(clusterKind).time
            for configuration in table.records {
                for webhook in configuration.webhooks {
                    let problems = [
                        view.problem(of: webhook.service), Self.expired(webhook.authority, now),
                    ].compactMap { $0 }
                    if problems.isEmpty {
                        // Healthy is only what was looked up.
                        if view.canSee(webhook.service) { out.healthy() }
                    } else {
                        out.state(
                            webhook.isIgnored ? .warning : .danger, configuration.metadata.reference(kind),
                            subject: webhook.name,
                            "\(webhook.name): \(problems.joined(separator: "; "))\(webhook.isIgnored ? " (failurePolicy Ignore)" : "")",
                            since: since(webhook, now, view)
                        )
                    }
                }
            }
        }
    }

    /// Since the endpoints went, or the authority's end, whichever was first.
    private func since(_ webhook: WebhookConfigurationRecord.Webhook, _ now: Timestamp, _ view: ClusterView)
        -> Timestamp?
    {
        var times: [Timestamp] = []
        if let target = webhook.service, let service = view.index.services[target.namespace, target.name],
            view.index.readyEndpoints(target.namespace, target.name) == 0, let lost = view.lostEndpoints(service)
        {
            times.append(lost)
        }
        if let end = webhook.authority.last?.notAfter, end < now { times.append(end) }
        return times.min()
    }

    static func expired(_ bundle: CertificateBundle, _ now: Timestamp) -> String? {
        guard bundle.isPresent else { return nil }
        guard let last = bundle.last else { return "its caBundle cannot be read: \(bundle.problem)" }
        return last.notAfter < now ? "its caBundle expired at \(last.notAfter.utcRFC3339)" : nil
    }
}

extension ClusterView {
    /// Whether the Service that something in the API points to, and its endpoints, were read; true where there is none.
    func canSee(_ target: ServiceTarget?) -> Bool {
        target.map { isComplete(.services, in: $0.namespace) && isComplete(.endpointslices, in: $0.namespace) } ?? true
    }

    /// What is wrong with the Service that something in the API points to.
    func problem(of target: ServiceTarget?) -> String? {
        // A namespace that was not read says nothing.
        guard let target, canSee(target) else { return nil }
        guard index.services[target.namespace, target.name] != nil else {
            return "Service \(target.namespace)/\(target.name) does not exist"
        }
        if index.readyEndpoints(target.namespace, target.name) == 0 {
            return "Service \(target.namespace)/\(target.name) has no ready endpoint"
        }
        return nil
    }
}
