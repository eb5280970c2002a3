package import KubernetesAPI

/// What is kept of an IngressClass.
package struct IngressClassRecord: ClusterRecord {
    package var name: String
    var isDefault: Bool
    package var namespace: String { "" }

    package static var isShared: Bool { true }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        name = metadata.name
        isDefault =
            object["metadata"]?["annotations"]?["ingressclass.kubernetes.io/is-default-class"]?.equals("true") ?? false
    }
}
