import Foundation
package import KubernetesAPI

/// Where a webhook or an aggregated API lives in the cluster.
package struct ServiceTarget: Sendable, Equatable {
    package var namespace: String
    package var name: String

    init?(_ value: JSONValue?, _ texts: inout TextInterner) {
        guard let value, let name = value["name"]?.string, !name.isEmpty else { return nil }
        self.name = name
        namespace = texts.text(value["namespace"])
    }
}

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

/// What is kept of an APIService.
package struct APIServiceRecord: ClusterRecord {
    package var metadata: RecordMetadata
    var service: ServiceTarget?
    package var available: ConditionRecord?
    package var authority: CertificateBundle

    package var namespace: String { "" }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        service = ServiceTarget(object["spec"]?["service"], &texts)
        available = ConditionRecord.list(object, &texts)["Available"]
        authority = CertificateBundle(base64: object["spec"]?["caBundle"]?.string)
    }
}

/// What is kept of a ClusterRole: whether one of its rules gives what no workload should have.
package struct ClusterRoleRecord: ClusterRecord {
    package var name: String
    /// `* on *`, `impersonate`, `escalate`, `bind`; empty for the rest.
    package var dangers: [String]
    package var namespace: String { "" }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        name = metadata.name
        var dangers: Set<String> = []
        for rule in object.list("rules") {
            let verbs = rule.list("verbs").compactMap(\.string)
            let resources = rule.list("resources").compactMap(\.string)
            if verbs.contains("*"), resources.contains("*") { dangers.insert("* on *") }
            for verb in ["impersonate", "escalate", "bind"] where verbs.contains(verb) { dangers.insert(verb) }
        }
        self.dangers = dangers.sorted()
    }
}

/// What is kept of a ClusterRoleBinding.
package struct ClusterRoleBindingRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var role: String
    /// `ServiceAccount ns/name`, `User name`, `Group name`.
    package var subjects: [String]
    package var namespace: String { "" }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        role = texts.text(object["roleRef"]?["name"])
        var subjects: [String] = []
        for subject in object.list("subjects") {
            let kind = subject["kind"]?.string ?? "", name = subject["name"]?.string ?? ""
            let place = subject["namespace"]?.string.map { $0 + "/" } ?? ""
            subjects.append("\(kind) \(place)\(name)")
        }
        self.subjects = subjects
    }
}

/// What is kept of a TLS Secret, where reading secrets is switched on: when its certificate ends. Keys are not looked
/// at.
package struct SecretRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var certificate: CertificateBundle

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        certificate = CertificateBundle(base64: object["data"]?["tls.crt"]?.string)
    }
}
