import Platform

/// Who waits for whom, to find deadlocks.
struct WaitGraph {
    /// Waits that are kept per rule.
    static let edgesMax = 256

    private struct Edge {
        var from: String
        var to: String
        var record: Remembered
    }

    private var edges: [Edge] = []

    /// The cycle that this wait closes, in order, or nil.
    mutating func add(from: String, to: String, _ record: Remembered, withinSeconds: Double) -> [String]? {
        edges.removeAll { $0.from == from || record.time.seconds(since: $0.record.time) > withinSeconds }
        edges.append(Edge(from: from, to: to, record: record))
        if edges.count > Self.edgesMax { edges.removeFirst() }
        var path = [from]
        var current = to
        while current != from {
            guard !path.contains(current), let next = edges.last(where: { $0.from == current }) else { return nil }
            path.append(current)
            current = next.to
        }
        return path + [from]
    }

    mutating func forget(before now: Timestamp, seconds: Double) {
        edges.removeAll { now.seconds(since: $0.record.time) > seconds }
    }

    var records: [Remembered] { edges.map(\.record) }
}
