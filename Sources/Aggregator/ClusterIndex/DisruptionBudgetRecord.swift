package import KubernetesAPI
import Platform

/// What is kept of a PodDisruptionBudget.
package struct DisruptionBudgetRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var allowed: Int?
    package var healthy: Int
    package var desiredHealthy: Int
    package var expected: Int

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
    }
}
