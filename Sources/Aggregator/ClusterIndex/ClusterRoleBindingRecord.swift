import Foundation
package import KubernetesAPI

/// What is kept of a ClusterRoleBinding.
package struct ClusterRoleBindingRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var role: String
    /// `ServiceAccount ns/name`, `User name`, `Group name`.
    package var subjects: [String]
    package var namespace: String { "" }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        role = texts.text(object["roleRef"]?["name"])
        var subjects: [String] = []
        for subject in object.list("subjects") {
            let kind = subject["kind"]?.string ?? "", name = subject["name"]?.string ?? ""
            let place = subject["namespace"]?.string.map { $0 + "/" } ?? ""
            subjects.append("\(kind) \(place)\(name)")
        }
        self.subjects = subjects
    }
}
