import Shared

/// What is kept of one API object: only what a check or the merge reads.
protocol ClusterRecord: Sendable {
    var namespace: String { get }
    var name: String { get }
    /// nil when it is no object with a name.
    init?(_ object: JSONValue, _ texts: inout TextInterner)
}

extension ClusterRecord {
    /// A seeded hash: names are chosen by strangers, and two must not be made to meet.
    static func key(_ namespace: String, _ name: String) -> Int {
        var hasher = Hasher()
        hasher.combine(namespace)
        hasher.combine(name)
        return hasher.finalize()
    }
}

/// The records of one kind, by namespace and name.
struct RecordTable<Record: ClusterRecord>: Sendable {
    private(set) var records: [Record] = []
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

    subscript(namespace: String, name: String) -> Record? {
        guard let position = positions[Record.key(namespace, name)] else { return nil }
        let found = records[Int(position)]
        return found.name == name && found.namespace == namespace ? found : nil
    }

    subscript(name: String) -> Record? { self["", name] }

    var count: Int { records.count }
}

/// `metadata`, as far as all kinds share it.
struct RecordMetadata: Sendable {
    var namespace: String
    var name: String
    private let compactUID: CompactUID
    var created: Timestamp?
    var deleted: Timestamp?

    var uid: String { compactUID.string }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = object["metadata"], let name = metadata["name"]?.string, !name.isEmpty else { return nil }
        self.name = name
        namespace = texts.text(metadata["namespace"])
        compactUID = CompactUID(metadata["uid"])
        created = metadata["creationTimestamp"].flatMap { KubernetesTime.parse($0) }
        deleted = metadata["deletionTimestamp"].flatMap { KubernetesTime.parse($0) }
    }

    func reference(_ kind: String) -> ObjectReference {
        ObjectReference(kind: kind, namespace: namespace, name: name, uid: uid)
    }
}

/// A `status.conditions` entry of any kind.
struct ConditionRecord: Sendable, Equatable {
    var type: String
    /// `True`, `False` or `Unknown`; whatever else a server writes is kept as it is.
    var status: String
    var reason: String
    var message: String
    var heartbeat: Timestamp?
    var transition: Timestamp?

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
    subscript(type: String) -> ConditionRecord? { first { $0.type == type } }
}

/// Labels, shared by all objects that carry the same ones.
final class LabelSet: Sendable, Equatable {
    let labels: [String: String]

    init(_ labels: [String: String]) { self.labels = labels }

    static let none = LabelSet([:])

    static func == (a: LabelSet, b: LabelSet) -> Bool { a === b || a.labels == b.labels }

    static func read(_ value: JSONValue?, _ texts: inout TextInterner) -> [String: String] {
        guard let value else { return [:] }
        var labels: [String: String] = [:]
        for (key, text) in value.members { labels[key] = texts.text(text) }
        return labels
    }
}

/// A label selector (kubernetes.io/docs/concepts/overview/working-with-objects/labels).
struct LabelSelector: Sendable, Equatable {
    struct Requirement: Sendable, Equatable {
        var key: String
        var operation: String
        var values: [String]
    }

    var requirements: [Requirement] = []
    /// A selector that is not there selects nothing; an empty one selects everything.
    var isPresent = true

    init(matching labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map {
            Requirement(key: $0.key, operation: "In", values: [$0.value])
        }
    }

    /// `matchLabels` and `matchExpressions`.
    init(_ value: JSONValue?, _ texts: inout TextInterner) {
        guard let value, !value.isNull else {
            isPresent = false
            return
        }
        for (key, text) in value["matchLabels"]?.members ?? JSONValue.Members(value, isContainer: false) {
            requirements.append(Requirement(key: key, operation: "In", values: [texts.text(text)]))
        }
        requirements += LabelSelector(expressions: value.list("matchExpressions"), &texts).requirements
    }

    /// `matchExpressions` alone, or what is written like them.
    init(expressions: JSONValue.Elements, _ texts: inout TextInterner) {
        for item in expressions {
            requirements.append(
                Requirement(
                    key: texts.text(item["key"]), operation: texts.text(item["operator"]),
                    values: item.list("values").map { $0.string ?? "" }))
        }
    }

    /// kubectl's `-l`: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    init?(parsing text: String) {
        var rest = Substring(text.trimmingPrefix { $0 == " " })
        while !rest.isEmpty {
            guard let (requirement, left) = Self.requirement(rest) else { return nil }
            requirements.append(requirement)
            rest = left
        }
    }

    private static func requirement(_ text: Substring) -> (Requirement, Substring)? {
        var depth = 0
        let end = text.firstIndex { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return character == "," && depth == 0
        }
        let part = text[..<(end ?? text.endIndex)].trimmingBlanks
        let left = end.map { text[text.index(after: $0)...].trimmingBlanks } ?? ""
        if part.isEmpty { return nil }
        if part.hasPrefix("!") {
            return (
                Requirement(key: String(part.dropFirst().trimmingBlanks), operation: "DoesNotExist", values: []), left
            )
        }
        for (word, operation) in [(" notin ", "NotIn"), (" in ", "In")] {
            guard let range = part.firstRange(of: word) else { continue }
            let list = part[range.upperBound...].trimmingBlanks
            guard list.hasPrefix("("), list.hasSuffix(")") else { return nil }
            let values = list.dropFirst().dropLast().split(separator: ",").map { String($0.trimmingBlanks) }
            return (
                Requirement(
                    key: String(part[..<range.lowerBound].trimmingBlanks), operation: operation, values: values), left
            )
        }
        for (sign, operation) in [("!=", "NotIn"), ("==", "In"), ("=", "In")] {
            guard let range = part.firstRange(of: sign) else { continue }
            let key = String(part[..<range.lowerBound].trimmingBlanks)
            if key.isEmpty { return nil }
            return (
                Requirement(key: key, operation: operation, values: [String(part[range.upperBound...].trimmingBlanks)]),
                left
            )
        }
        return part.contains(" ") ? nil : (Requirement(key: String(part), operation: "Exists", values: []), left)
    }

    func matches(_ labels: [String: String]) -> Bool {
        isPresent
            && requirements.allSatisfy { requirement in
                let value = labels[requirement.key]
                switch requirement.operation {
                case "In": return value.map { requirement.values.contains($0) } ?? false
                case "NotIn": return value.map { !requirement.values.contains($0) } ?? true
                case "Exists": return value != nil
                case "DoesNotExist": return value == nil
                // Of node affinity only; whole numbers.
                case "Gt", "Lt":
                    guard let own = value.flatMap({ Int($0) }),
                        let limit = requirement.values.first.flatMap({ Int($0) })
                    else { return false }
                    return requirement.operation == "Gt" ? own > limit : own < limit
                default: return false
                }
            }
    }
}

extension Substring {
    var trimmingBlanks: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
