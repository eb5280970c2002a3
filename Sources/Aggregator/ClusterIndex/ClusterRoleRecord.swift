import Foundation
package import KubernetesAPI

/// What is kept of a ClusterRole: whether one of its rules gives what no workload should have.
package struct ClusterRoleRecord: ClusterRecord {
    package var name: String
    /// `* on *`, `impersonate`, `escalate`, `bind`; empty for the rest.
    package var dangers: [String]
    package var namespace: String { "" }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        name = metadata.name
        var dangers: Set<String> = []
        for rule in object.list("rules") {
            let verbs = rule.list("verbs").compactMap(\.string)
            let resources = rule.list("resources").compactMap(\.string)
            if verbs.contains("*"), resources.contains("*") { dangers.insert("* on *") }
            for verb in ["impersonate", "escalate", "bind"] where verbs.contains(verb) { dangers.insert(verb) }
        }
        self.dangers = dangers.sorted()
    }
}
