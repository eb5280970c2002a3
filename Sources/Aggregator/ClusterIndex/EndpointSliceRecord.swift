package import KubernetesAPI

/// What is kept of an EndpointSlice: how many of a Service's endpoints are ready, and a few addresses.
package struct EndpointSliceRecord: ClusterRecord {
    static let addressesMax = 16

    var metadata: RecordMetadata
    package var service: String
    package var readyCount: Int
    var addresses: [String]
    var port: Int

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package func eachGroup(_ visit: (Int) -> Void) {
        if !service.isEmpty { visit(RecordKey.service(namespace, service)) }
    }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        service = texts.text(object["metadata"]?["labels"]?["kubernetes.io/service-name"])
        if service.isEmpty {
            service = texts.text(
                object["metadata"]?.list("ownerReferences").first { $0["kind"]?.equals("Service") == true }?["name"])
        }
        readyCount = 0
        addresses = []
        for endpoint in object.list("endpoints") {
            // Not said means ready (discovery.k8s.io, EndpointConditions).
            guard endpoint["conditions"]?["ready"]?.bool ?? true else { continue }
            readyCount += 1
            if addresses.count < Self.addressesMax, let address = endpoint.list("addresses").first(where: { _ in true })
            {
                addresses.append(texts.text(address))
            }
        }
        port = object.list("ports").first { _ in true }?["port"]?.integer ?? 0
    }
}
