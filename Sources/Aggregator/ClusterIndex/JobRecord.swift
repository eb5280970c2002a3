package import KubernetesAPI
import Platform

/// What is kept of a Job.
package struct JobRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var ownerKind: String
    package var ownerName: String
    var isActive: Bool
    package var failed: ConditionRecord?
    package var complete: ConditionRecord?

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package static var isOwner: Bool { true }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let owner = object["metadata"]?.list("ownerReferences").first { $0["controller"]?.bool ?? false }
        ownerKind = texts.text(owner?["kind"])
        ownerName = texts.text(owner?["name"])
        isActive = (object["status"]?["active"]?.integer ?? 0) > 0
        let conditions = ConditionRecord.list(object, &texts)
        failed = conditions["Failed"].flatMap { $0.status == "True" ? $0 : nil }
        complete = conditions["Complete"].flatMap { $0.status == "True" ? $0 : nil }
    }
}
