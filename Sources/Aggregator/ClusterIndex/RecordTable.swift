package import Findings
package import KubernetesAPI
package import Platform

/// What is kept of one API object: only what a check or the merge reads.
package protocol ClusterRecord: Sendable {
    var namespace: String { get }
    var name: String { get }
    /// nil when it is not an object with a name.
    init?(_ object: JSONValue, _ texts: inout TextInterner)
}

extension ClusterRecord {
    /// A seeded hash: names are untrusted, and must not be made to collide.
    static func key(_ namespace: String, _ name: String) -> Int {
        var hasher = Hasher()
        hasher.combine(namespace)
        hasher.combine(name)
        return hasher.finalize()
    }
}

/// The records of one kind, by namespace and name.
package struct RecordTable<Record: ClusterRecord>: Sendable {
    package private(set) var records: [Record] = []
    private var positions: [Int: Int32] = [:]

    init() {}
    init(_ records: [Record]) { records.forEach { set($0) } }

    mutating func set(_ record: Record) {
        let key = Record.key(record.namespace, record.name)
        if let position = positions[key] {
            records[Int(position)] = record
        } else {
            positions[key] = Int32(records.count)
            records.append(record)
        }
    }

    mutating func remove(namespace: String, name: String) {
        let key = Record.key(namespace, name)
        guard let position = positions.removeValue(forKey: key) else { return }
        let last = records.removeLast()
        if Int(position) < records.count {
            records[Int(position)] = last
            positions[Record.key(last.namespace, last.name)] = position
        }
    }

    mutating func removeAll() {
        records = []
        positions = [:]
    }

    package subscript(namespace: String, name: String) -> Record? {
        guard let position = positions[Record.key(namespace, name)] else { return nil }
        let found = records[Int(position)]
        return found.name == name && found.namespace == namespace ? found : nil
    }

    package subscript(name: String) -> Record? { self["", name] }

    package var count: Int { records.count }
}

/// `metadata`, as far as all kinds share it.
package struct RecordMetadata: Sendable {
    var namespace: String
    var name: String
    private let compactUID: CompactUID
    package var created: Timestamp?
    package var deleted: Timestamp?

    package var uid: String { compactUID.string }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = object["metadata"], let name = metadata["name"]?.string, !name.isEmpty else { return nil }
        self.name = name
        namespace = texts.text(metadata["namespace"])
        compactUID = CompactUID(metadata["uid"])
        created = metadata["creationTimestamp"].flatMap { KubernetesTime.parse($0) }
        deleted = metadata["deletionTimestamp"].flatMap { KubernetesTime.parse($0) }
    }

    package func reference(_ kind: String) -> ObjectReference {
        ObjectReference(kind: kind, namespace: namespace, name: name, uid: uid)
    }
}

/// A `status.conditions` entry of any kind.
package struct ConditionRecord: Sendable, Equatable {
    package var type: String
    /// `True`, `False` or `Unknown`; whatever else a server writes is kept as it is.
    package var status: String
    package var reason: String
    package var message: String
    package var heartbeat: Timestamp?
    package var transition: Timestamp?

    init(_ value: JSONValue, _ texts: inout TextInterner) {
        type = texts.text(value["type"])
        status = texts.text(value["status"])
        reason = texts.text(value["reason"])
        message = texts.text(value["message"])
        heartbeat = value["lastHeartbeatTime"].flatMap { KubernetesTime.parse($0) }
        transition = value["lastTransitionTime"].flatMap { KubernetesTime.parse($0) }
    }

    static func list(_ object: JSONValue, _ texts: inout TextInterner) -> [ConditionRecord] {
        var all: [ConditionRecord] = []
        for value in object["status"]?.list("conditions") ?? object.list("conditions") {
            all.append(ConditionRecord(value, &texts))
        }
        return all
    }
}

extension [ConditionRecord] {
    /// By type, wherever it stands.
    package subscript(type: String) -> ConditionRecord? { first { $0.type == type } }
}
