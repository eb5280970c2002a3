package import KubernetesAPI
import Platform

/// What is kept of a PodDisruptionBudget.
package struct DisruptionBudgetRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var allowed: Int?
    package var healthy: Int
    package var desiredHealthy: Int
    package var expected: Int
    /// The controller cannot tell how many pods there should be, and then refuses every eviction.
    package var syncFailure: ConditionRecord?

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let status = object["status"]
        allowed = status?["disruptionsAllowed"]?.integer
        healthy = status?["currentHealthy"]?.integer ?? 0
        desiredHealthy = status?["desiredHealthy"]?.integer ?? 0
        expected = status?["expectedPods"]?.integer ?? 0
        let condition = ConditionRecord.list(object, &texts)["DisruptionAllowed"]
        syncFailure = condition.flatMap { $0.status == "False" && $0.reason == "SyncFailed" ? $0 : nil }
    }
}
