import Checks
import Findings
import Platform

/// Findings while rows of the same trouble are put into one. A row that was taken into another is left out at the end.
struct FoldedRows {
    /// Rows this far apart in time are not the same trouble. Seconds.
    static let windowSeconds = 600.0

    private(set) var rows: [EvaluatedFinding.Content]
    private var isTaken: [Bool]

    init(_ rows: [EvaluatedFinding.Content]) {
        self.rows = rows
        isTaken = Array(repeating: false, count: rows.count)
    }

    subscript(index: Int) -> EvaluatedFinding.Content {
        get { rows[index] }
        set { rows[index] = newValue }
    }

    /// Those that stand for themselves, in the order in which they came.
    var standing: [EvaluatedFinding.Content] { rows.indices.filter { !isTaken[$0] }.map { rows[$0] } }

    func isStanding(_ index: Int) -> Bool { !isTaken[index] }

    /// The places of standing rows, by a key; those without one are left out. Lines of a drill never join.
    func places<Key: Hashable>(by key: (EvaluatedFinding.Content) -> Key?) -> [Key: [Int]] {
        var places: [Key: [Int]] = [:]
        for index in rows.indices where !isTaken[index] && !rows[index].isApart {
            if let key = key(rows[index]) { places[key, default: []].append(index) }
        }
        return places
    }

    /// Makes one row the evidence of another. What happened is counted once, by the row that stays.
    mutating func fold(_ other: Int, into index: Int) {
        guard other != index, !isTaken[other], !isTaken[index] else { return }
        isTaken[other] = true
        var proof = rows[other]
        if proof.evidence.isEmpty, let event = proof.events.max(by: { $0.time < $1.time }) {
            proof.evidence = [
                Evidence(
                    source: "event", origin: "\(event.namespace)/\(event.name)", time: event.time, text: event.message)
            ]
        }
        // Its events are within the row, not rows beside it.
        proof.events = []
        if !proof.isPlain, proof.detection.check != rows[index].detection.check {
            proof.detection.also.append(proof.detection.check)
        }
        rows[index].absorbProof(proof)
        guard proof.isState else { return }
        rows[index].isState = true
        rows[index].seen = [rows[index].seen, proof.seen].compactMap { $0 }.max()
    }

    /// Whether two rows hold, or happened, at about the same time.
    func overlap(_ a: Int, _ b: Int) -> Bool {
        rows[a].first.seconds(since: rows[b].last) <= Self.windowSeconds
            && rows[b].first.seconds(since: rows[a].last) <= Self.windowSeconds
    }
}

extension EvaluatedFinding.Content {
    /// Of a pod's finding the container that it is about; nil: the pod as a whole, or none is known.
    var container: String? {
        guard detection.object.kind == "Pod" else { return nil }
        let words = detection.subject.split(separator: " ").map(String.init)
        if isPlain { return words.count > 1 ? words[1] : nil }
        if words.count > 1 { return words[0] }
        // Alone, eight hexadecimal digits are a text's mark.
        return words.first.flatMap { $0.count == 8 && $0.allSatisfy(\.isHexDigit) ? nil : $0 }
    }

    /// Of two rows of one pod: about the same container, as far as both say.
    func isSameContainer(as other: Self) -> Bool {
        container == other.container || container == nil || other.container == nil
    }
}
