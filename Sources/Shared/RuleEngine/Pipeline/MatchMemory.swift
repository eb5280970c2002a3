package import Platform

/// What a restart needs again: the position and time of every record that something still remembers.
///
/// The oldest of them is a source's `resume` position.
package struct Remembered: Equatable {
    package var time: Timestamp
    package var position: String
}

/// Earlier `with` lines per rule, waiting for the line that they explain.
struct WithCandidates {
    /// Candidates that one rule keeps.
    static let perRuleMax = 16

    private struct Candidate {
        var with: Int
        var captures: [String: String]
        var record: Remembered
    }

    private var byRule: [Int: [Candidate]] = [:]

    mutating func add(_ match: LineMatch, with: Int, position: String) {
        let candidate = Candidate(
            with: with, captures: match.captures, record: Remembered(time: match.time, position: position))
        byRule[match.rule, default: []].append(candidate)
        let excess = (byRule[match.rule]?.count ?? 0) - Self.perRuleMax
        if excess > 0 { byRule[match.rule]?.removeFirst(excess) }
    }

    /// The rule's own captures, joined with those of the newest candidate within the window that does not
    /// contradict them. An earlier `with` pattern of the rule is preferred to a later one.
    func join(_ match: LineMatch, rule: LogRule) -> [String: String] {
        let near = (byRule[match.rule] ?? []).filter {
            abs(match.time.seconds(since: $0.record.time)) <= rule.withinSeconds && agree($0.captures, match.captures)
        }
        guard let with = near.map(\.with).min(), let best = near.last(where: { $0.with == with }) else {
            return match.captures
        }
        return best.captures.merging(match.captures) { _, own in own }
    }

    private func agree(_ a: [String: String], _ b: [String: String]) -> Bool {
        a.allSatisfy { b[$0.key] == nil || b[$0.key] == $0.value }
    }

    mutating func forget(before now: Timestamp, rules: [LogRule]) {
        for (rule, candidates) in byRule {
            let kept = candidates.filter { now.seconds(since: $0.record.time) <= rules[rule].withinSeconds }
            byRule[rule] = kept.isEmpty ? nil : kept
        }
    }

    var records: [Remembered] { byRule.values.flatMap { $0.map(\.record) } }

    /// Under new rules: `index` gives a rule's new number, nil when it is gone.
    mutating func renumber(_ index: (Int) -> Int?) {
        byRule = Dictionary(byRule.compactMap { old, kept in index(old).map { ($0, kept) } }) { first, _ in first }
    }
}

/// "N within T" per rule and finding.
///
/// The decision for a match depends only on the N matches before it, so reading again from the oldest of those that
/// are young enough gives the same decisions.
struct ThresholdCounters {
    private struct Key: Hashable {
        var rule: Int
        var finding: String
    }

    /// Counters in all; the stalest is dropped first.
    static let countersMax = 10_000
    private var times: [Key: [Remembered]] = [:]

    /// How much this match adds to the count: nothing below the threshold, all N when it is reached, then one each.
    mutating func add(
        _ record: Remembered, rule: Int, finding: String, threshold: LogRule.Threshold
    ) -> Int {
        let key = Key(rule: rule, finding: finding)
        if times[key] == nil, times.count >= Self.countersMax,
            let stalest = times.min(by: { ($0.value.last?.time ?? record.time) < ($1.value.last?.time ?? record.time) })
        {
            times[stalest.key] = nil
        }
        var recent = times[key] ?? []
        recent.append(record)
        if recent.count > threshold.count + 1 { recent.removeFirst() }
        times[key] = recent
        func reached(_ slice: ArraySlice<Remembered>) -> Bool {
            guard slice.count == threshold.count, let first = slice.first, let last = slice.last else { return false }
            return last.time.seconds(since: first.time) <= threshold.withinSeconds
        }
        guard reached(recent.suffix(threshold.count)) else { return 0 }
        return reached(recent.dropLast().suffix(threshold.count)) ? 1 : threshold.count
    }

    /// Takes the newest occurrence of a rule back, whatever it was about.
    mutating func revert(rule: Int) {
        let newest = times.filter { $0.key.rule == rule }.max { a, b in
            (a.value.last?.time ?? Timestamp(microseconds: 0)) < (b.value.last?.time ?? Timestamp(microseconds: 0))
        }
        if let newest { _ = times[newest.key]?.popLast() }
    }

    mutating func forget(before now: Timestamp, rules: [LogRule]) {
        for (key, recent) in times {
            guard let threshold = rules[key.rule].threshold else { continue }
            // Twice the span: the record before the N last ones decides whether the threshold was passed already.
            let kept = recent.filter { now.seconds(since: $0.time) <= 2 * threshold.withinSeconds }
            times[key] = kept.isEmpty ? nil : kept
        }
    }

    var records: [Remembered] { times.values.flatMap(\.self) }

    mutating func renumber(_ index: (Int) -> Int?) {
        times = Dictionary(
            times.compactMap { key, kept in index(key.rule).map { (Key(rule: $0, finding: key.finding), kept) } }
        ) { first, _ in first }
    }
}

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
