import Shared

/// What is kept of a PersistentVolumeClaim.
struct ClaimRecord: ClusterRecord {
    var metadata: RecordMetadata
    var phase: String
    var storageClass: String?

    var namespace: String { metadata.namespace }
    var name: String { metadata.name }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        phase = texts.text(object["status"]?["phase"])
        storageClass = object["spec"]?["storageClassName"]?.string
    }
}

/// What is kept of a StorageClass.
struct StorageClassRecord: ClusterRecord {
    var name: String
    var isDefault: Bool
    var waitsForConsumer: Bool
    var namespace: String { "" }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        name = metadata.name
        isDefault =
            object["metadata"]?["annotations"]?["storageclass.kubernetes.io/is-default-class"]?.equals("true") ?? false
        waitsForConsumer = object["volumeBindingMode"]?.equals("WaitForFirstConsumer") ?? false
    }
}

/// What is kept of a ResourceQuota: hard limit and use of each resource, in the resource's own unit.
struct QuotaRecord: ClusterRecord {
    struct Entry: Sendable, Equatable {
        var resource: String
        var hard: Double
        var used: Double
        var hardText: String
        var usedText: String
    }

    var metadata: RecordMetadata
    var entries: [Entry]

    var namespace: String { metadata.namespace }
    var name: String { metadata.name }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
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
