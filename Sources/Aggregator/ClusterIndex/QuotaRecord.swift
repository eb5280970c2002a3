package import KubernetesAPI

/// What is kept of a ResourceQuota: hard limit and use of each resource, in the resource's own unit.
package struct QuotaRecord: ClusterRecord {
    package struct Entry: Sendable, Equatable {
        package var resource: String
        package var hard: Double
        package var used: Double
        package var hardText: String
        package var usedText: String
    }

    package var metadata: RecordMetadata
    package var entries: [Entry]

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        var entries: [Entry] = []
        let status = object["status"]
        for (resource, hard) in status?["hard"]?.members ?? JSONValue.Members(object, isContainer: false) {
            guard let hardText = hard.string, let limit = Quantity(hardText)?.value,
                let usedText = status?["used"]?.member(named: resource)?.string, let used = Quantity(usedText)?.value
            else { continue }
            entries.append(Entry(resource: resource, hard: limit, used: used, hardText: hardText, usedText: usedText))
        }
        self.entries = entries
    }
}
