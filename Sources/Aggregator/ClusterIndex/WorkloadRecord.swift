package import KubernetesAPI
import Platform

/// What is kept of a Deployment, StatefulSet or DaemonSet.
package struct WorkloadRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var labels: [String: String]
    package var generation: Int
    package var observedGeneration: Int
    package var desired: Int
    package var updated: Int
    var ready: Int
    package var available: Int
    package var conditions: [ConditionRecord]
    var isPaused: Bool
    /// Of a StatefulSet.
    package var currentRevision: String
    package var updateRevision: String
    /// `OnDelete` sets do not roll by themselves.
    package var updateStrategy: String
    /// Pods of a StatefulSet that a rolling update leaves as they are.
    package var partition: Int
    package var selector: LabelSelector
    /// Of a DaemonSet.
    package var placement: NodePlacement?

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package static var isOwner: Bool { true }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let spec = object["spec"], status = object["status"]
        labels = LabelSet.read(object["metadata"]?["labels"], &texts)
        generation = object["metadata"]?["generation"]?.integer ?? 0
        observedGeneration = status?["observedGeneration"]?.integer ?? 0
        desired = status?["desiredNumberScheduled"]?.integer ?? spec?["replicas"]?.integer ?? 1
        updated = status?["updatedNumberScheduled"]?.integer ?? status?["updatedReplicas"]?.integer ?? 0
        ready = status?["numberReady"]?.integer ?? status?["readyReplicas"]?.integer ?? 0
        // StatefulSets before 1.22 have no availableReplicas; ready is then the nearest.
        available = status?["numberAvailable"]?.integer ?? status?["availableReplicas"]?.integer ?? 0
        if status?["desiredNumberScheduled"] == nil, spec?["serviceName"] != nil, status?["availableReplicas"] == nil {
            available = ready
        }
        conditions = ConditionRecord.list(object, &texts)
        isPaused = spec?["paused"]?.bool ?? false
        currentRevision = texts.text(status?["currentRevision"])
        updateRevision = texts.text(status?["updateRevision"])
        updateStrategy = texts.text(spec?["updateStrategy"]?["type"])
        partition = max(0, spec?["updateStrategy"]?["rollingUpdate"]?["partition"]?.integer ?? 0)
        selector = LabelSelector(spec?["selector"], &texts)
        if status?["desiredNumberScheduled"] != nil {
            placement = NodePlacement(podSpec: spec?["template"]?["spec"], &texts)
        }
    }
}
