import KubernetesAPI

/// Where the pods of a DaemonSet may run: node selector, required node affinity and tolerations of its template
/// (kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node, …/workloads/controllers/daemonset).
package struct NodePlacement: Sendable, Equatable {
    /// A term of the required affinity: all of its requirements must hold.
    struct Term: Sendable, Equatable {
        var labels: LabelSelector
        /// Of `metadata.name`, the only field there is.
        var fields: LabelSelector
    }

    struct Toleration: Sendable, Equatable {
        /// Empty: any.
        var key: String
        var isExists: Bool
        var value: String
        /// Empty: any.
        var effect: String

        func tolerates(_ taint: NodeRecord.Taint) -> Bool {
            (effect.isEmpty || effect == taint.effect) && (key == taint.key || key.isEmpty && isExists)
                && (isExists || value == taint.value)
        }
    }

    /// The DaemonSet controller adds a toleration for each of these (not-ready, unreachable, unschedulable, …).
    private static let controllersPrefix = "node.kubernetes.io/"

    var selector: [String: String]
    /// One of them is enough; nil: there is no required affinity.
    var terms: [Term]?
    var tolerations: [Toleration]

    init(podSpec: JSONValue?, _ texts: inout TextInterner) {
        selector = LabelSet.read(podSpec?["nodeSelector"], &texts)
        let required = podSpec?["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"]
        if let required, !required.isNull {
            var terms: [Term] = []
            for term in required.list("nodeSelectorTerms") {
                terms.append(
                    Term(
                        labels: LabelSelector(expressions: term.list("matchExpressions"), &texts),
                        fields: LabelSelector(expressions: term.list("matchFields"), &texts)))
            }
            self.terms = terms
        }
        var tolerations: [Toleration] = []
        if let podSpec {
            for item in podSpec.list("tolerations") {
                tolerations.append(
                    Toleration(
                        key: texts.text(item["key"]), isExists: item["operator"]?.equals("Exists") ?? false,
                        value: texts.text(item["value"]), effect: texts.text(item["effect"])))
            }
        }
        self.tolerations = tolerations
    }

    package func allows(_ node: NodeRecord) -> Bool {
        guard selector.allSatisfy({ node.labels[$0.key] == $0.value }) else { return false }
        if let terms, !terms.contains(where: { matches($0, node) }) { return false }
        return node.taints.allSatisfy { taint in
            taint.effect == "PreferNoSchedule" || taint.key.hasPrefix(Self.controllersPrefix)
                || tolerations.contains { $0.tolerates(taint) }
        }
    }

    /// A term without requirements matches no node.
    private func matches(_ term: Term, _ node: NodeRecord) -> Bool {
        !(term.labels.requirements.isEmpty && term.fields.requirements.isEmpty)
            && term.labels.matches(node.labels) && term.fields.matches(["metadata.name": node.name])
    }
}
