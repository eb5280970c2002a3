import KubernetesAPI

/// Containers that an admission webhook put into a pod; they are not its author's.
enum InjectedContainers {
    private static let metadata: JSONKey = "metadata", annotations: JSONKey = "annotations"
    private static let istio: JSONKey = "sidecar.istio.io/status"
    private static let known: [(annotation: JSONKey, names: [String])] = [
        ("linkerd.io/proxy-version", ["linkerd-proxy", "linkerd-init"]),
        ("vault.hashicorp.com/agent-inject-status", ["vault-agent", "vault-agent-init"]),
        ("dapr.io/enabled", ["daprd"]),
        (
            "consul.hashicorp.com/connect-inject-status",
            ["consul-dataplane", "consul-connect-inject-init", "envoy-sidecar"]
        ),
    ]

    static func names(in pod: JSONView) -> Set<String> {
        guard let notes = pod[metadata]?[annotations] else { return [] }
        var names: Set<String> = []
        for (annotation, all) in known where notes[annotation] != nil { names.formUnion(all) }
        // {"initContainers":["istio-init"],"containers":["istio-proxy"],…}
        if let status = notes[istio]?.string, let document = try? JSONDocument(status.utf8) {
            document.withView { view in
                for key: JSONKey in ["initContainers", "containers"] {
                    for name in view[key]?.elements.compactMap(\.string) ?? [] { names.insert(name) }
                }
            }
        }
        return names
    }
}
