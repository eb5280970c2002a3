package import KubernetesAPI

/// What is kept of a StorageClass.
package struct StorageClassRecord: ClusterRecord {
    package var name: String
    package var isDefault: Bool
    package var waitsForConsumer: Bool
    package var namespace: String { "" }

    package static var isShared: Bool { true }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        name = metadata.name
        isDefault =
            object["metadata"]?["annotations"]?["storageclass.kubernetes.io/is-default-class"]?.equals("true") ?? false
        waitsForConsumer = object["volumeBindingMode"]?.equals("WaitForFirstConsumer") ?? false
    }
}
