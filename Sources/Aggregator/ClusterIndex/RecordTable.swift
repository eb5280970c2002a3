import Findings
import KubernetesAPI
import Platform

/// The records of one kind, by namespace and name, and in groups that make parts of a cluster cheap to look at.
package struct RecordTable<Record: ClusterRecord>: Sendable {
    package private(set) var records: [Record] = []
    /// Places by name and by alias.
    private var positions: [Int: Int32] = [:]
    /// Places by group, in no order that means anything.
    private var groups: [Int: [Int32]] = [:]

    init() {}
    init(_ records: [Record]) { records.forEach { set($0) } }

    /// - Returns: what it replaces.
    @discardableResult mutating func set(_ record: Record) -> Record? {
        let key = RecordKey.name(record.namespace, record.name)
        if let position = positions[key] {
            let old = records[Int(position)]
            records[Int(position)] = record
            move(position, from: old, to: record)
            return old
        }
        let position = Int32(records.count)
        positions[key] = position
        records.append(record)
        record.eachAlias { positions[$0] = position }
        Self.eachGroup(record) { groups[$0, default: []].append(position) }
        return nil
    }

    /// - Returns: what was removed.
    @discardableResult mutating func remove(namespace: String, name: String) -> Record? {
        guard let position = positions.removeValue(forKey: RecordKey.name(namespace, name)) else { return nil }
        let removed = records[Int(position)]
        removed.eachAlias { if positions[$0] == position { positions[$0] = nil } }
        Self.eachGroup(removed) { drop(position, from: $0) }
        let last = records.removeLast()
        let lastPosition = Int32(records.count)
        if position < lastPosition {
            records[Int(position)] = last
            positions[RecordKey.name(last.namespace, last.name)] = position
            last.eachAlias { if positions[$0] == lastPosition { positions[$0] = position } }
            Self.eachGroup(last) { key in
                if let place = groups[key]?.firstIndex(of: lastPosition) { groups[key]?[place] = position }
            }
        }
        return removed
    }

    private static func eachGroup(_ record: Record, _ visit: (Int) -> Void) {
        if !record.namespace.isEmpty { visit(RecordKey.namespace(record.namespace)) }
        record.eachGroup(visit)
    }

    /// An object that changes nearly always stays in its groups.
    private mutating func move(_ position: Int32, from old: Record, to new: Record) {
        var before: [Int] = [], after: [Int] = []
        old.eachAlias { before.append($0) }
        new.eachAlias { after.append($0) }
        if before != after {
            for key in before where positions[key] == position { positions[key] = nil }
            for key in after { positions[key] = position }
        }
        before.removeAll()
        after.removeAll()
        Self.eachGroup(old) { before.append($0) }
        Self.eachGroup(new) { after.append($0) }
        if before != after {
            for key in before { drop(position, from: key) }
            for key in after { groups[key, default: []].append(position) }
        }
    }

    private mutating func drop(_ position: Int32, from key: Int) {
        guard let count = groups[key]?.count, let place = groups[key]?.firstIndex(of: position) else { return }
        if count == 1 {
            groups[key] = nil
        } else {
            groups[key]?.swapAt(place, count - 1)
            groups[key]?.removeLast()
        }
    }

    mutating func removeAll() { self = Self() }

    package subscript(namespace: String, name: String) -> Record? {
        guard let position = positions[RecordKey.name(namespace, name)] else { return nil }
        let found = records[Int(position)]
        return found.name == name && found.namespace == namespace ? found : nil
    }

    package subscript(name: String) -> Record? { self["", name] }

    /// By a key of `ClusterRecord.eachAlias`.
    func record(alias: Int) -> Record? { positions[alias].map { records[Int($0)] } }

    /// Those of a group, by a key of `RecordKey`.
    package func records(in group: Int) -> [Record] { groups[group]?.map { records[Int($0)] } ?? [] }

    package func count(in group: Int) -> Int { groups[group]?.count ?? 0 }

    package var count: Int { records.count }
}

extension [ConditionRecord] {
    /// By type, wherever it stands.
    package subscript(type: String) -> ConditionRecord? { first { $0.type == type } }
}
