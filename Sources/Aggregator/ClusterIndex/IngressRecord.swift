package import KubernetesAPI

/// What is kept of an Ingress.
package struct IngressRecord: ClusterRecord {
    package struct Backend: Sendable, Hashable {
        package var service: String
        /// A name or a number.
        package var port: String
    }

    package var metadata: RecordMetadata
    /// `spec.ingressClassName`. A class named by the old annotation needs no object: controllers compare its text.
    package var className: String
    package var backends: [Backend]
    package var tlsSecrets: [String]
    /// Backends that the load balancer's controller reads from an annotation that is not there.
    package var missingActions: [String]

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let spec = object["spec"]
        className = texts.text(spec?["ingressClassName"])
        var backends: [Backend] = [], missing: [String] = []
        let annotations = object["metadata"]?["annotations"]
        func add(_ backend: JSONValue?) {
            guard let service = backend?["service"], let name = service["name"]?.string else { return }
            let port = service["port"]
            if port?["name"]?.equals("use-annotation") == true {
                // No Service is meant, but `….ingress.kubernetes.io/actions.<name>`
                // (kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations, "Actions").
                let isThere = annotations?.members.contains { $0.key.hasSuffix("/actions.\(name)") }
                if isThere != true { missing.append(name) }
                return
            }
            backends.append(
                Backend(service: name, port: port?["name"]?.string ?? port?["number"]?.integer.map(String.init) ?? ""))
        }
        add(spec?["defaultBackend"])
        for rule in spec?.list("rules") ?? object.list("rules") {
            for path in rule["http"]?.list("paths") ?? rule.list("paths") { add(path["backend"]) }
        }
        self.backends = backends
        missingActions = missing
        var secrets: [String] = []
        for tls in spec?.list("tls") ?? object.list("tls") {
            if let secret = tls["secretName"]?.string, !secret.isEmpty { secrets.append(secret) }
        }
        tlsSecrets = secrets
    }
}
