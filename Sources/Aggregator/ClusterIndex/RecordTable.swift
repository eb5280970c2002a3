import Findings
import KubernetesAPI
import Platform

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

extension [ConditionRecord] {
    /// By type, wherever it stands.
    package subscript(type: String) -> ConditionRecord? { first { $0.type == type } }
}
