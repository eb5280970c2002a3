package import KubernetesAPI

/// What is kept of a PersistentVolumeClaim.
package struct ClaimRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var phase: String
    package var storageClass: String?

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        phase = texts.text(object["status"]?["phase"])
        storageClass = object["spec"]?["storageClassName"]?.string
    }
}
