import KubernetesAPI

/// Kept objects of one kind, parsed together, with ways to find few of them.
final class RelatedObjects {
    private let document: JSONDocument?
    private let all: [JSONView]
    private let namespaces: [String: [Int]]
    private let names: [AuditKey: Int]
    /// Objects by a label of their selector, `namespace\u{1F}key=value`.
    private let selecting: [String: [Int]]
    /// Objects whose selector has no plain labels, by namespace.
    private let unlabelled: [String: [Int]]

    private static let metadata: JSONKey = "metadata", name: JSONKey = "name", namespace: JSONKey = "namespace"
    private static let spec: JSONKey = "spec", selector: JSONKey = "selector", podSelector: JSONKey = "podSelector"
    private static let matchLabels: JSONKey = "matchLabels"

    init(_ audits: [KindAudit]) {
        var text: [UInt8] = [UInt8(ascii: "[")]
        for audit in audits {
            // In a stable order, though the answer does not depend on it.
            for (_, json) in audit.kept {
                if text.count > 1 { text.append(UInt8(ascii: ",")) }
                text += json
            }
        }
        text.append(UInt8(ascii: "]"))
        document = try? JSONDocument(parsing: &text)
        all = document?.root.view.elements.map { $0 } ?? []
        var namespaces: [String: [Int]] = [:], names: [AuditKey: Int] = [:]
        var selecting: [String: [Int]] = [:], unlabelled: [String: [Int]] = [:]
        for (place, object) in all.enumerated() {
            let metadata = object[Self.metadata]
            let space = metadata?[Self.namespace]?.string ?? ""
            namespaces[space, default: []].append(place)
            names[AuditKey(namespace: space, name: metadata?[Self.name]?.string ?? "")] = place
            let spec = object[Self.spec]
            let labels = (spec?[Self.selector] ?? spec?[Self.podSelector])?[Self.matchLabels]
            if let labels, labels.count > 0 {
                for (key, value) in labels.members {
                    selecting[Self.labelKey(space, key.string ?? "", value.string ?? ""), default: []].append(place)
                }
            } else {
                unlabelled[space, default: []].append(place)
            }
        }
        self.namespaces = namespaces
        self.names = names
        self.selecting = selecting
        self.unlabelled = unlabelled
    }

    private static func labelKey(_ namespace: String, _ key: String, _ value: String) -> String {
        "\(namespace)\u{1F}\(key)=\(value)"
    }

    /// A namespace's objects, and those of none.
    private func spaces(_ namespace: String) -> [String] { namespace.isEmpty ? [""] : [namespace, ""] }

    /// Whether one of the objects that come into question is as it should be.
    func contains(
        namespace: String, name: String?, labels: [String: String]?, where holds: (JSONView) -> Bool
    ) -> Bool {
        withExtendedLifetime(document) {
            for space in spaces(namespace) {
                let places: [Int]
                if let name {
                    places = names[AuditKey(namespace: space, name: name)].map { [$0] } ?? []
                } else if let labels {
                    let selected = labels.flatMap { selecting[Self.labelKey(space, $0.key, $0.value)] ?? [] }
                    places = Array(Set(selected)) + (unlabelled[space] ?? [])
                } else {
                    places = namespaces[space] ?? []
                }
                if places.contains(where: { holds(all[$0]) }) { return true }
            }
            return false
        }
    }

    func forEach(in namespace: String, _ body: (JSONView) -> Void) {
        withExtendedLifetime(document) { for place in namespaces[namespace] ?? [] { body(all[place]) } }
    }
}
