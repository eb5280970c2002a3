package import KubernetesAPI
package import Platform

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
