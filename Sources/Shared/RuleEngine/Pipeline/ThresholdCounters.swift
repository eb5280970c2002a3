import Platform

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
