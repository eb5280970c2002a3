import Findings
package import KubernetesAPI
import Platform
import YAML

/// One place of an audited object at which a check failed.
struct AuditFailure: Sendable, Equatable {
    /// The check's place in its set.
    var check: Int
    var text: FailureText
    /// Worth Info only, unless a file says otherwise.
    var isInfo = false
}

/// Where and what, shared by all objects of which the same is to be said.
final class FailureText: Sendable, Hashable {
    /// Empty for failures of the object as a whole.
    let container: String
    /// From the object's root: `spec.template.spec.containers[1].image`.
    let path: String
    /// As JSON, cut; empty where nothing is there, or it is a secret.
    let value: String
    /// What would be right.
    let message: String

    init(container: String = "", path: String = "", value: String = "", message: String = "") {
        self.container = container
        self.path = path
        self.value = value
        self.message = message
    }

    static func == (a: FailureText, b: FailureText) -> Bool {
        a === b || a.path == b.path && a.container == b.container && a.value == b.value && a.message == b.message
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(value)
        hasher.combine(container)
    }
}

/// A related object that is still to be found, once all kinds are read.
struct PendingRelation: Sendable, Equatable {
    var check: Int
    /// Its place in the check's list.
    var related: Int
    /// The schema's templates over the audited object, rendered.
    var rendered: [String]
    /// The schema's text, where it is a template as a whole.
    var schemaText: String?
    /// The related object's name, where the schema wants one.
    var name: String?
}

/// What the audit of one object gave. A class: it is passed around and looked at by rows, and never copied.
final class AuditRecord: @unchecked Sendable {
    // SAFETY: written while it is made, by the one thread that audits the object; never after.

    var kind: GroupKind
    var object: ObjectReference
    /// The controller above it; nil where it is the top.
    var owner: ObjectReference?
    var created: Timestamp?
    var failures: [AuditFailure] = []
    /// Checks that applied, as bits.
    var applied = CheckBits()
    /// Checks whose template failed at this object, and why.
    var problems: [Int: String] = [:]
    var pending: [PendingRelation] = []
    /// Checks that compare it with others at the end.
    var relations: [Int] = []
    /// The object's own, for `-l`.
    var labels: [String: String] = [:]
    /// Of the pod template; only where a relation asks for them.
    var podLabels: [String: String] = [:]
    var replicas: Int?
    var minimum: Int?
    /// Where it stands in files.
    var origin: ManifestOrigin?

    init(kind: GroupKind, object: ObjectReference) {
        self.kind = kind
        self.object = object
    }
}

extension AuditRecord: Equatable {
    static func == (a: AuditRecord, b: AuditRecord) -> Bool {
        a === b
            || a.object == b.object && a.owner == b.owner && a.failures == b.failures && a.applied == b.applied
                && a.pending == b.pending && a.problems == b.problems
    }
}

/// A set of check places.
package struct CheckBits: Sendable, Hashable {
    private var words: [UInt64] = []

    package mutating func insert(_ place: Int) {
        while words.count <= place / 64 { words.append(0) }
        words[place / 64] |= 1 << UInt64(place % 64)
    }

    func contains(_ place: Int) -> Bool {
        place / 64 < words.count && words[place / 64] & (1 << UInt64(place % 64)) != 0
    }

    package var places: [Int] { (0..<words.count * 64).filter(contains) }

    package init() {}
}

/// What identifies an audited object in a table.
struct AuditKey: Hashable, Sendable {
    var namespace: String
    var name: String
    /// `FILE:LINE` of an object of files, where two may have one name; empty in a cluster.
    var place = ""
}

/// The audit of one kind: records, and whole objects that others relate to.
package struct KindAudit: Sendable, Equatable {
    var records: [AuditKey: AuditRecord] = [:]
    /// JSON of objects that checks of other objects look at.
    var kept: [AuditKey: [UInt8]] = [:]
}

/// All audits of a cluster or of files, by kind.
package struct AuditTable: Sendable, Equatable {
    var kinds: [GroupKind: KindAudit] = [:]
    /// Why kinds that only users' checks name could not be read.
    package var problems: [GroupKind: APIError] = [:]
    /// The checks that were applied, by their places in the set; nil: it does not matter.
    package var applied: Set<Int>?

    package init(
        kinds: [GroupKind: KindAudit] = [:], problems: [GroupKind: APIError] = [:], applied: Set<Int>? = nil
    ) {
        self.kinds = kinds
        self.problems = problems
        self.applied = applied
    }

    /// Objects of this kind were listed.
    package func reads(_ kind: GroupKind) -> Bool {
        kinds.keys.contains { kind.matches(group: $0.group ?? "", kind: $0.kind) }
    }

    /// One object as it is now, from a collector that has seen it alone; what it no longer gives is gone.
    mutating func set(_ key: AuditKey, of kind: GroupKind, from seen: KindAudit) {
        kinds[kind, default: KindAudit()].records[key] = seen.records[key]
        kinds[kind, default: KindAudit()].kept[key] = seen.kept[key]
    }
}

/// Where an object of a file begins, and its tree for places within.
struct ManifestOrigin: Sendable, Equatable {
    var file: String
    var node: Node
    /// Lines of the file before the document.
    var lineOffset = 0

    /// `FILE:LINE:COLUMN` of a path, or of the nearest thing that is there.
    func place(of path: String) -> String {
        var node = node
        var mark = node.mark
        for step in Self.steps(path) {
            switch step {
            case .key(let key):
                guard let pair = node.pairs?.last(where: { $0.key == key }) else { return text(mark) }
                (node, mark) = (pair.value, pair.keyMark)
            case .index(let index):
                guard let items = node.items, items.indices.contains(index) else { return text(mark) }
                node = items[index]
                mark = node.mark
            }
        }
        return text(mark)
    }

    private func text(_ mark: Mark) -> String { "\(file):\(mark.line + lineOffset):\(mark.column)" }

    /// What `InstancePath.text` wrote.
    static func steps(_ path: String) -> [PathStep] {
        var steps: [PathStep] = []
        var rest = path[...]
        while let first = rest.first {
            if first == "." {
                rest = rest.dropFirst()
            } else if rest.hasPrefix("[\""), let end = rest.firstRange(of: "\"]") {
                steps.append(.key(String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound])))
                rest = rest[end.upperBound...]
            } else if first == "[", let end = rest.firstIndex(of: "]"),
                let index = Int(rest[rest.index(after: rest.startIndex)..<end])
            {
                steps.append(.index(index))
                rest = rest[rest.index(after: end)...]
            } else {
                let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                if end == rest.startIndex { return steps }
                steps.append(.key(String(rest[..<end])))
                rest = rest[end...]
            }
        }
        return steps
    }
}
