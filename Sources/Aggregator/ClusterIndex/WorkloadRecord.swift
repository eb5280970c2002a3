package import KubernetesAPI
package import Platform

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
    package var selector: LabelSelector
    /// Of a DaemonSet.
    package var placement: NodePlacement?

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

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
        selector = LabelSelector(spec?["selector"], &texts)
        if status?["desiredNumberScheduled"] != nil {
            placement = NodePlacement(podSpec: spec?["template"]?["spec"], &texts)
        }
    }
}

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

/// What is kept of a CronJob.
package struct CronJobRecord: ClusterRecord {
    package var metadata: RecordMetadata
    package var schedule: String
    package var timeZone: String
    package var isSuspended: Bool
    package var concurrencyPolicy: String
    package var lastScheduled: Timestamp?
    package var activeCount: Int

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let spec = object["spec"], status = object["status"]
        schedule = texts.text(spec?["schedule"])
        timeZone = texts.text(spec?["timeZone"])
        isSuspended = spec?["suspend"]?.bool ?? false
        concurrencyPolicy = texts.text(spec?["concurrencyPolicy"])
        lastScheduled = status?["lastScheduleTime"].flatMap { KubernetesTime.parse($0) }
        activeCount = status?["active"]?.count ?? 0
    }
}

/// What is kept of a HorizontalPodAutoscaler (autoscaling/v2 and v2beta2).
package struct AutoscalerRecord: ClusterRecord {
    package var metadata: RecordMetadata
    var targetKind: String
    var targetName: String
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
