import Findings
package import KubernetesAPI
import Platform

/// What is kept of a Namespace.
package struct NamespaceRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var phase: String
    package var conditions: [ConditionRecord]

    package var namespace: String { "" }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        phase = texts.text(object["status"]?["phase"])
        conditions = ConditionRecord.list(object, &texts)
    }
}
