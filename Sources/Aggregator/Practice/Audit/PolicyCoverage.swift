import KubernetesAPI

/// Which directions of a pod's traffic the network policies that select it limit together
/// (kubernetes.io/docs/concepts/services-networking/network-policies,
/// docs.cilium.io/en/stable/security/policy/language,
/// docs.tigera.io/calico/latest/reference/resources/networkpolicy).
struct PolicyCoverage {
    var ingress = false
    var egress = false

    /// Groups of which policies are read.
    static let kubernetes = "networking.k8s.io", cilium = "cilium.io"

    private static let spec: JSONKey = "spec", specs: JSONKey = "specs", types: JSONKey = "policyTypes"
    private static let podSelector: JSONKey = "podSelector", endpointSelector: JSONKey = "endpointSelector"
    private static let ingressKey: JSONKey = "ingress", egressKey: JSONKey = "egress"
    private static let ingressDeny: JSONKey = "ingressDeny", egressDeny: JSONKey = "egressDeny"
    private static let calicoTypes: JSONKey = "types", selector: JSONKey = "selector"
    private static let matchLabels: JSONKey = "matchLabels"

    var isWhole: Bool { ingress && egress }

    /// Takes one policy in.
    /// - Parameter labels: of the pods.
    mutating func add(_ policy: JSONView, group: String, namespace: String, labels: [String: String]) {
        switch group {
        case Self.kubernetes: addKubernetes(policy[Self.spec], labels)
        case Self.cilium:
            addCilium(policy[Self.spec], namespace, labels)
            for spec in policy[Self.specs]?.elements.map({ $0 }) ?? [] { addCilium(spec, namespace, labels) }
        default: addCalico(policy[Self.spec], labels)
        }
    }

    private mutating func addKubernetes(_ spec: JSONView?, _ labels: [String: String]) {
        guard let spec, spec.kind == .object else { return }
        // Not there selects all, as an empty one does.
        if let selector = spec[Self.podSelector], selector.kind == .object, !SelectorMatch.matches(selector, labels) {
            return
        }
        let named = Self.names(spec[Self.types])
        let hasIngress = Self.hasRules(spec[Self.ingressKey]), hasEgress = Self.hasRules(spec[Self.egressKey])
        // Without any rule it denies all that it names; one that has rules for one direction alone says nothing of what
        // was meant for the other.
        let deniesAll = !hasIngress && !hasEgress
        if named.isEmpty || named.contains("Ingress"), hasIngress || deniesAll { ingress = true }
        if named.isEmpty ? hasEgress : named.contains("Egress") && (hasEgress || deniesAll) { egress = true }
    }

    private mutating func addCilium(_ spec: JSONView?, _ namespace: String, _ labels: [String: String]) {
        guard let spec, spec.kind == .object, let selector = spec[Self.endpointSelector] else { return }
        for (key, value) in selector[Self.matchLabels]?.members.map({ $0 }) ?? [] {
            var name = key.string ?? ""
            for prefix in ["k8s:", "any:"] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
            if name == "io.kubernetes.pod.namespace" {
                if value.string != namespace { return }
            } else if !name.hasPrefix("io.c"), labels[name] != value.string {
                // Cilium's own labels (io.cilium.…) are not the pod's.
                return
            }
        }
        if spec[Self.ingressKey] != nil || spec[Self.ingressDeny] != nil { ingress = true }
        if spec[Self.egressKey] != nil || spec[Self.egressDeny] != nil { egress = true }
    }

    /// Calico's selectors are expressions; a policy whose selector is not a plain one may select the pods.
    private mutating func addCalico(_ spec: JSONView?, _ labels: [String: String]) {
        guard let spec, spec.kind == .object else { return }
        if let text = spec[Self.selector]?.string, let isSelected = Self.selects(text, labels), !isSelected { return }
        let named = Self.names(spec[Self.calicoTypes])
        let hasEgress = spec[Self.egressKey] != nil
        if named.isEmpty ? spec[Self.ingressKey] != nil || !hasEgress : named.contains("Ingress") { ingress = true }
        if named.isEmpty ? hasEgress : named.contains("Egress") { egress = true }
    }

    /// `app == 'web'`; nil for what is more.
    private static func selects(_ text: String, _ labels: [String: String]) -> Bool? {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map { part in
            String(part.filter { !$0.isWhitespace })
        }
        guard parts.count == 3, parts[1].isEmpty, let quote = parts[2].first, quote == "'" || quote == "\"",
            parts[2].last == quote, parts[2].count >= 2,
            parts[0].allSatisfy({ $0.isLetter || $0.isNumber || "._-/".contains($0) })
        else { return nil }
        return labels[parts[0]] == String(parts[2].dropFirst().dropLast())
    }

    private static func names(_ value: JSONView?) -> Set<String> {
        Set(value?.elements.compactMap(\.string) ?? [])
    }

    private static func hasRules(_ value: JSONView?) -> Bool { (value?.kind == .array) && (value?.count ?? 0) > 0 }
}
