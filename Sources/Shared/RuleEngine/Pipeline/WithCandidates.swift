import Platform

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
