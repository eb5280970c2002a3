import Foundation
package import KubernetesAPI

/// What is kept of an APIService.
package struct APIServiceRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var service: ServiceTarget?
    package var available: ConditionRecord?
    package var authority: CertificateBundle

    package var namespace: String { "" }
    package var name: String { metadata.name }

    package static var isShared: Bool { true }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        service = ServiceTarget(object["spec"]?["service"], &texts)
        available = ConditionRecord.list(object, &texts)["Available"]
        authority = CertificateBundle(base64: object["spec"]?["caBundle"]?.string)
    }
}
