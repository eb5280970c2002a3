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
            guard let hardText = hard.string, let limit = Quantity.parse(hardText),
                let usedText = status?["used"]?.member(named: resource)?.string, let used = Quantity.parse(usedText)
            else { continue }
            entries.append(Entry(resource: resource, hard: limit, used: used, hardText: hardText, usedText: usedText))
        }
        self.entries = entries
    }
}

/// Kubernetes quantities (k8s.io/apimachinery/pkg/api/resource): `100m`, `1.5Gi`, `1e3`.
enum Quantity {
    private static let suffixes: [(String, Double)] = [
        ("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824), ("Ti", 1_099_511_627_776),
        ("Pi", 1_125_899_906_842_624), ("Ei", 1_152_921_504_606_846_976), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3),
        ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15), ("E", 1e18),
    ]

    /// nil for what is no quantity.
    static func parse(_ text: String) -> Double? {
        if let plain = Double(text), plain.isFinite { return plain }
        for (suffix, factor) in suffixes where text.hasSuffix(suffix) {
            guard let number = Double(text.dropLast(suffix.count)), number.isFinite else { return nil }
            return number * factor
        }
        return nil
    }
}
