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

/// What is kept of an Ingress.
package struct IngressRecord: ClusterRecord {
    package struct Backend: Sendable, Hashable {
        package var service: String
        /// A name or a number.
        package var port: String
    }

    package var metadata: RecordMetadata
    package var className: String
    package var backends: [Backend]
    package var tlsSecrets: [String]

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let spec = object["spec"]
        className = texts.text(spec?["ingressClassName"])
        if className.isEmpty {
            className = texts.text(object["metadata"]?["annotations"]?["kubernetes.io/ingress.class"])
        }
        var backends: [Backend] = []
        func add(_ backend: JSONValue?) {
            guard let service = backend?["service"], let name = service["name"]?.string else { return }
            let port = service["port"]
            backends.append(
                Backend(service: name, port: port?["name"]?.string ?? port?["number"]?.integer.map(String.init) ?? ""))
        }
        add(spec?["defaultBackend"])
        for rule in spec?.list("rules") ?? object.list("rules") {
            for path in rule["http"]?.list("paths") ?? rule.list("paths") { add(path["backend"]) }
        }
        self.backends = backends
        var secrets: [String] = []
        for tls in spec?.list("tls") ?? object.list("tls") {
            if let secret = tls["secretName"]?.string, !secret.isEmpty { secrets.append(secret) }
        }
        tlsSecrets = secrets
    }
}

/// What is kept of an IngressClass.
package struct IngressClassRecord: ClusterRecord {
    package var name: String
    var isDefault: Bool
    package var namespace: String { "" }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        name = metadata.name
        isDefault =
            object["metadata"]?["annotations"]?["ingressclass.kubernetes.io/is-default-class"]?.equals("true") ?? false
    }
}
