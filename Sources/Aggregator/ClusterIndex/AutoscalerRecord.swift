package import KubernetesAPI
import Platform

/// What is kept of a HorizontalPodAutoscaler (autoscaling/v2 and v2beta2).
package struct AutoscalerRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var targetKind: String
    package var targetName: String
    package var minimum: Int
    package var maximum: Int
    package var current: Int
    var lastScaled: Timestamp?
    package var conditions: [ConditionRecord]

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let spec = object["spec"], status = object["status"]
        targetKind = texts.text(spec?["scaleTargetRef"]?["kind"])
        targetName = texts.text(spec?["scaleTargetRef"]?["name"])
        minimum = spec?["minReplicas"]?.integer ?? 1
        maximum = spec?["maxReplicas"]?.integer ?? 0
        current = status?["currentReplicas"]?.integer ?? 0
        lastScaled = status?["lastScaleTime"].flatMap { KubernetesTime.parse($0) }
        conditions = ConditionRecord.list(object, &texts)
    }
}
