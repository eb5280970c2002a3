import Findings
package import KubernetesAPI
package import Platform

/// What is kept of a ComponentStatus (before 1.19; deprecated since).
package struct ComponentStatusRecord: ClusterRecord {
    package var name: String
    package var healthy: ConditionRecord?
    /// When it was observed: the server's clock at the answer; set by the reader.
    package var observed: Timestamp?

    package var namespace: String { "" }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        name = metadata.name
        healthy = ConditionRecord.list(object, &texts)["Healthy"]
        // The API puts the error of a failed probe beside the message.
        if let error = object.list("conditions").first(where: { $0["type"]?.equals("Healthy") == true })?["error"]?
            .string,
            let known = healthy, known.message.isEmpty || known.message == "nil"
        {
            healthy?.message = error
        }
    }
}
