import Foundation
package import KubernetesAPI

/// What is kept of a Validating- or MutatingWebhookConfiguration.
package struct WebhookConfigurationRecord: ClusterRecord {
    package struct Webhook: Sendable {
        package var name: String
        package var service: ServiceTarget?
        var url: String
        package var isIgnored: Bool
        package var authority: CertificateBundle
    }

    package var metadata: RecordMetadata
    var kind: String
    package var webhooks: [Webhook]

    package var namespace: String { "" }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        kind = ""
        var webhooks: [Webhook] = []
        for webhook in object.list("webhooks") {
            let client = webhook["clientConfig"]
            webhooks.append(
                Webhook(
                    name: texts.text(webhook["name"]), service: ServiceTarget(client?["service"], &texts),
                    url: client?["url"]?.string ?? "", isIgnored: webhook["failurePolicy"]?.equals("Ignore") ?? false,
                    authority: CertificateBundle(base64: client?["caBundle"]?.string)))
        }
        self.webhooks = webhooks
    }
}
