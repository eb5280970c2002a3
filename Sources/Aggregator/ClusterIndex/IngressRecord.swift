package import KubernetesAPI

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
