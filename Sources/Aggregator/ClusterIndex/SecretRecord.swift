import Foundation
package import KubernetesAPI

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
