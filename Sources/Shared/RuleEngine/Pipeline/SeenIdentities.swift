import Platform

/// Identities that were counted already: one event that the kernel logs twice.
struct SeenIdentities {
    /// Identities in all; the oldest is dropped first.
    static let identitiesMax = 10_000
    private var seen: [String: Remembered] = [:]
    private var order: [String] = []

    /// Whether `identity` was not seen within `seconds` before. Every sighting counts for the next, so that the
    /// decision depends on the last one only and is the same after reading again.
    mutating func isNew(_ identity: String, _ record: Remembered, withinSeconds seconds: Double) -> Bool {
        let before = seen.updateValue(record, forKey: identity)
        if before == nil { order.append(identity) }
        if order.count > Self.identitiesMax { seen[order.removeFirst()] = nil }
        return before.map { abs(record.time.seconds(since: $0.time)) > seconds } ?? true
    }

    mutating func forget(before now: Timestamp, seconds: Double) {
        seen = seen.filter { now.seconds(since: $0.value.time) <= seconds }
        order = order.filter { seen[$0] != nil }
    }

    var records: [Remembered] { Array(seen.values) }
}
