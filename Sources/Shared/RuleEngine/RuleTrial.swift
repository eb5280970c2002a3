import Findings
package import Platform
import Regex
package import Wire

/// Runs rules over lines as an agent would (thresholds, joined lines, conditions) and counts what they find.
package final class RuleTrial {
    package static let examplesMax = 3
    /// Lines that are kept to measure the cost of one rule by itself.
    static let reservoirMax = 2000
    private static let firstLine = Array("Linux version ".utf8)

    package let set: RuleSet
    package private(set) var lines = 0
    /// Time spent in matching.
    package private(set) var matchingSeconds = 0.0
    private var matchers: [LineMatcher]
    private var pipelines: [RulePipeline]
    private var tallies: [String: TrialResult.Tally] = [:]
    private var reservoir: [[UInt8]] = []
    /// When the machine that wrote the lines booted, for rules that wait after a boot; nil: it was long ago. The
    /// kernel's first line sets it.
    package var bootTime: Timestamp?
    private let wanted: Set<String>?
    private let seconds: () -> Double

    /// - Parameters:
    ///   - wanted: ids whose results count; nil: all. The others still claim their lines.
    ///   - bootTime: for rules that wait after a boot; nil: it was long ago.
    ///   - seconds: a monotonic clock.
    package init(
        _ set: RuleSet, wanted: Set<String>? = nil, bootTime: Timestamp? = nil, seconds: @escaping () -> Double
    ) {
        self.set = set
        self.wanted = wanted
        self.bootTime = bootTime
        self.seconds = seconds
        matchers = set.groups.map { LineMatcher($0) }
        pipelines = set.groups.map {
            RulePipeline(group: $0, node: "this-node", source: "trial", bootID: "", pods: NoPods())
        }
    }

    /// - Parameters:
    ///   - groups: indices of the groups that read the log of this line; nil: all.
    ///   - isNew: false: the line was fed before, for other groups.
    package func feed(_ text: Span<UInt8>, time: Timestamp, groups: [Int]? = nil, isNew: Bool = true) {
        if isNew { lines += 1 }
        if text.starts(with: Self.firstLine) { bootTime = time }
        if lines % 64 == 1, reservoir.count < Self.reservoirMax {
            reservoir.append(text.withUnsafeBufferPointer { Array($0) })
        }
        let start = seconds()
        var isClaimed = false
        for index in groups ?? Array(matchers.indices) {
            matchers[index].scan(text, time: time, position: { "" }, isClaimed: &isClaimed) { match in
                take(match, index)
            }
        }
        matchingSeconds += seconds() - start
    }

    private func take(_ match: LineMatch, _ index: Int) {
        let rule = set.groups[index].rules[match.rule]
        if match.kind == .rule, let quiet = rule.afterBootSeconds, let bootTime, match.time >= bootTime,
            match.time < bootTime + quiet
        {
            return
        }
        let outputs = pipelines[index].process(match, position: "")
        guard match.kind == .rule, wanted?.contains(rule.id) ?? true else { return }
        var tally = tallies[rule.id] ?? TrialResult.Tally(rule: rule.id)
        tally.matches += 1
        tally.findings += outputs.reduce(0) { sum, output in
            switch output {
            case .occurrence(let found): sum + found.count
            case .conditionSet(let state):
                // A rule whose condition is its own check, and no event beside it.
                sum + (!rule.isPermanent && rule.condition?.check == rule.check && !state.condition.isEmpty ? 1 : 0)
            case .conditionCleared: sum
            }
        }
        tally.first = tally.first ?? match.time
        tally.last = match.time
        if tally.examples.count < Self.examplesMax { tally.examples.append(TextSafety.cut(match.text, bytesMax: 300)) }
        tallies[rule.id] = tally
    }

    /// In the order of the rules; those that matched nothing are left out.
    package var results: [TrialResult.Tally] { self.set.rules.compactMap { tallies[$0.id] } }

    /// Nanoseconds that a rule's pattern alone takes for a line; nil before a line was seen.
    package func costNanoseconds(of rule: LogRule) -> Double? {
        guard !reservoir.isEmpty, let alone = try? RegexSet([RuleGroup.searched(rule)]) else { return nil }
        for line in reservoir { _ = alone.matchesAny(line.span) }
        let start = seconds()
        for _ in 1...5 { for line in reservoir { _ = alone.matchesAny(line.span) } }
        return (seconds() - start) * 1e9 / Double(5 * reservoir.count)
    }

    /// What one line does, in words: which rules examined it, which matched, what was captured, what would be found.
    /// - Parameter isSeen: whether rules of that selector see the line.
    package static func explain(
        _ line: String, in set: RuleSet, isSeen: (SourceSelector) -> Bool
    ) -> [String] {
        var out: [String] = []
        let groups = set.groups.filter { isSeen($0.selector) }
        out.append(
            "\(counted(groups.reduce(0) { $0 + $1.rules.count }, "rule")) examined: "
                + groups.map { "\($0.rules.count) of \($0.selector.title)" }.joined(separator: "; "))
        var isClaimed = false
        var count = 0
        for group in groups {
            let bytes = Array(line.utf8)
            for candidate in group.set.candidates(bytes.span) {
                guard case .rule(let index) = group.entries[candidate].role else { continue }
                let rule = group.rules[index]
                guard let regex = group.entries[candidate].regex.compiled, let ranges = regex.firstMatch(in: bytes.span)
                else { continue }
                count += 1
                let captures = regex.captures(ranges, in: bytes.span).sorted { $0.key < $1.key }
                out += ["", "\(rule.id)  (\(rule.origin))  \(rule.selector.title)"]
                let values = Dictionary(uniqueKeysWithValues: captures.map { ($0.key, $0.value) })
                out += rule.tests.map { explained($0, values) }
                if !rule.accepts(values) {
                    out.append("  matches, but not all of `where:` holds: no finding")
                    continue
                }
                if isClaimed, !rule.isNodeProblemDetector {
                    out.append("  matches, but an earlier rule has claimed the line: no finding")
                    continue
                }
                if !rule.isNodeProblemDetector { isClaimed = !rule.continues }
                out += captures.map { "  captured {\($0.key)}: \($0.value)" }
                out += finding(rule, group, index, bytes, values)
            }
            for entry in group.entries {
                guard let regex = entry.regex.compiled, regex.matches(bytes.span) else { continue }
                switch entry.role {
                case .context(let rule, _):
                    out += ["", "\(group.rules[rule].id)  joins this line with a later one that its pattern matches"]
                    count += 1
                case .clears(let rule):
                    out += [
                        "",
                        "\(group.rules[rule].id)  ends condition \(group.rules[rule].condition?.type ?? "") at this line",
                    ]
                    count += 1
                case .reverts(let rule):
                    out += ["", "\(group.rules[rule].id)  counts one less at this line"]
                    count += 1
                case .rule: continue
                }
            }
        }
        if count == 0 { out += ["", "No rule matches."] }
        return out.map(TextSafety.printable)
    }

    private static func explained(_ test: CaptureTest, _ captures: [String: String]) -> String {
        let values = test.names.compactMap { name in captures[name].map { "{\(name)} is \($0)" } }.joined(
            separator: ", ")
        return switch test.outcome(captures) {
        case .holds: "  where \(test.source): holds, \(values)"
        case .fails: "  where \(test.source): does not hold, \(values)"
        case .notCaptured: "  where \(test.source): not applied, the line has no such part"
        case .notANumber(let text): "  where \(test.source): does not hold, '\(text)' is not a number"
        }
    }

    private static func finding(
        _ rule: LogRule, _ group: RuleGroup, _ index: Int, _ bytes: [UInt8], _ captures: [String: String]
    ) -> [String] {
        var out: [String] = []
        let line = String(decoding: bytes, as: UTF8.self)
        let subject = rule.subjectText(captures, line: line)
        let message = rule.message?.render(captures, line: line) ?? line
        out.append(
            "  finding: \(rule.severity.title) \(rule.check)\(subject.isEmpty ? "" : " [\(subject)]")  reason \(rule.reason)  \(message)"
        )
        if let threshold = rule.threshold {
            let becomes = threshold.severity.map {
                "; below that \(rule.severity.title), from then on \($0.title)"
            }
            out.append(
                "  only from \(threshold.count) within \(GoDuration.text(threshold.withinSeconds))\(becomes ?? "")")
        }
        if let seconds = rule.afterBootSeconds { out.append("  not within \(GoDuration.text(seconds)) after a boot") }
        if let condition = rule.condition {
            let end =
                condition.clears.map { "a line that matches '\($0)'" }
                ?? condition.clearsAfterSeconds.map { "\(GoDuration.text($0)) without another line" }
                ?? condition.probe.map { "the \($0) gauge finds nothing" } ?? "a reboot"
            out.append("  sets condition \(condition.type) until \(end)")
        }
        if !rule.also.isEmpty { out.append("  also counts as \(rule.also.joined(separator: ", "))") }
        if rule.continues { out.append("  later rules may also claim the line") }
        return out
    }
}

extension Span<UInt8> {
    fileprivate func starts(with prefix: [UInt8]) -> Bool {
        count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
    }
}
