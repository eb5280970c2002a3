import Foundation
import Shared

/// Where a webhook or an aggregated API lives in the cluster.
struct ServiceTarget: Sendable, Equatable {
    var namespace: String
    var name: String

    init?(_ value: JSONValue?, _ texts: inout TextInterner) {
        guard let value, let name = value["name"]?.string, !name.isEmpty else { return nil }
        self.name = name
        namespace = texts.text(value["namespace"])
    }
}

/// What is kept of a Validating- or MutatingWebhookConfiguration.
struct WebhookConfigurationRecord: ClusterRecord {
    struct Webhook: Sendable {
        var name: String
        var service: ServiceTarget?
        var url: String
        var isIgnored: Bool
        var authority: CertificateBundle
    }

    var metadata: RecordMetadata
    var kind: String
    var webhooks: [Webhook]

    var namespace: String { "" }
    var name: String { metadata.name }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
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
struct APIServiceRecord: ClusterRecord {
    var metadata: RecordMetadata
    var service: ServiceTarget?
    var available: ConditionRecord?
    var authority: CertificateBundle

    var namespace: String { "" }
    var name: String { metadata.name }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        service = ServiceTarget(object["spec"]?["service"], &texts)
        available = ConditionRecord.list(object, &texts)["Available"]
        authority = CertificateBundle(base64: object["spec"]?["caBundle"]?.string)
    }
}

/// What is kept of a ClusterRole: whether one of its rules gives what no workload should have.
struct ClusterRoleRecord: ClusterRecord {
    var name: String
    /// `* on *`, `impersonate`, `escalate`, `bind`; empty for the rest.
    var dangers: [String]
    var namespace: String { "" }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
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
struct ClusterRoleBindingRecord: ClusterRecord {
    var metadata: RecordMetadata
    var role: String
    /// `ServiceAccount ns/name`, `User name`, `Group name`.
    var subjects: [String]
    var namespace: String { "" }
    var name: String { metadata.name }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
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
struct SecretRecord: ClusterRecord {
    var metadata: RecordMetadata
    var certificate: CertificateBundle

    var namespace: String { metadata.namespace }
    var name: String { metadata.name }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        certificate = CertificateBundle(base64: object["data"]?["tls.crt"]?.string)
    }
}
