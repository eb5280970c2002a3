package import KubernetesAPI

/// What is kept of a Service.
package struct ServiceRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var type: String
    package var selector: [String: String]
    /// Names and numbers, as an Ingress may name either.
    package var ports: Set<String>

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let spec = object["spec"]
        type = texts.text(spec?["type"])
        selector = LabelSet.read(spec?["selector"], &texts)
        var ports: Set<String> = []
        for port in spec?.list("ports") ?? object.list("ports") {
            if let name = port["name"]?.string, !name.isEmpty { ports.insert(name) }
            if let number = port["port"]?.integer { ports.insert(String(number)) }
        }
        self.ports = ports
    }
}
