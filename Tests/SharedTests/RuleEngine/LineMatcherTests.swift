import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Regex
@testable import RuleEngine

/// The fast path against a slow, obvious twin: every rule by itself, over the joined records.
@Suite struct LineMatcherTests {
    struct Hit: Equatable, Hashable {
        var rule: String
        var text: String
    }

    /// One RE2 per rule per line, as the documentation of the semantics reads.
    private func slow(_ rules: [LogRule], _ lines: [String]) throws -> [[Hit]] {
        var buffers: [Int: [String]] = [:]
        let compiled = try rules.map { rule -> Regex in
            if case .window = rule.semantics { return try Regex("(?:\(rule.pattern))\\z") }
            return try Regex(rule.pattern)
        }
        return lines.map { line in
            var hits: [Hit] = []
            var claimed = false
            for (rule, regex) in zip(rules, compiled) {
                switch rule.semantics {
                case .line:
                    guard !claimed, let captures = regex.captures(in: line), rule.accepts(captures) else { continue }
                    hits.append(Hit(rule: rule.id, text: line))
                    claimed = !rule.continues
                case .window(let size, let monitor):
                    if rules.first(where: { if case .window(_, monitor) = $0.semantics { true } else { false } })?.id
                        == rule.id
                    {
                        buffers[monitor, default: Array(repeating: "\u{0}", count: size)].append(line)
                        buffers[monitor]?.removeFirst()
                    }
                    let kept = buffers[monitor] ?? []
                    let joined = Array(kept.map { $0 == "\u{0}" ? "" : $0 }.joined(separator: "\n").utf8)
                    guard let whole = regex.firstMatch(in: joined.span)?[0] else { continue }
                    // Records from the end, until the match's first byte is inside.
                    var taken: [String] = []
                    var bytes = 0
                    for record in kept.reversed() {
                        if record == "\u{0}" { break }
                        taken.insert(record, at: 0)
                        bytes += record.utf8.count
                        if bytes >= joined.count - whole.lowerBound - 1 { break }
                        bytes += 1
                    }
                    hits.append(Hit(rule: rule.id, text: taken.joined(separator: "\n")))
                }
            }
            return hits
        }
    }

    private func fast(_ rules: [LogRule], _ lines: [String]) throws -> [[Hit]] {
        let group = try RuleGroup(selector: .kmsg, rules: rules)
        let matcher = LineMatcher(group)
        return lines.enumerated().map { index, line in
            var hits: [Hit] = []
            let bytes = Array(line.utf8)
            matcher.scan(bytes.span, time: Timestamp(microseconds: Int64(index)), position: { "" }) { match in
                if match.kind == .rule { hits.append(Hit(rule: group.rules[match.rule].id, text: match.text)) }
            }
            return hits
        }
    }

    private func compare(_ rules: [LogRule], _ lines: [String]) throws {
        let quick = try fast(rules, lines), obvious = try slow(rules, lines)
        for (index, (a, b)) in zip(quick, obvious).enumerated() {
            // Rules of one line may come in another order between single-line and multi-line ones.
            #expect(Set(a) == Set(b), "line \(index): \(lines[index].debugDescription)")
            #expect(a.count == b.count, "line \(index): \(lines[index].debugDescription)")
        }
    }

    private static func shipped() throws -> [LogRule] {
        let folder = Repository.root.appending(path: "rules/logs")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".yaml") && $0 != "hosts.yaml"
        }.sorted()
        return try names.flatMap {
            RuleFile.read([UInt8](try Data(contentsOf: folder.appending(path: $0))), name: $0).rules
        }
    }

    private static func window(_ patterns: [String], size: Int) -> [LogRule] {
        patterns.enumerated().map { index, pattern in
            LogRule(
                id: "w\(size)-\(index)", check: "c", reason: "R", severity: .warning, selector: .kmsg,
                semantics: .window(bufferSize: size, monitor: size), pattern: pattern, origin: "t")
        }
    }

    /// Random lines: the given seeds cut, joined and mixed.
    private func lines(_ seeds: [String], count: Int, seed: UInt64) -> [String] {
        var random = SeededRandom(seed)
        return (0..<count).map { _ in
            switch random.next(6) {
            case 0: return String(seeds[random.next(seeds.count)].prefix(random.next(60)))
            case 1: return seeds[random.next(seeds.count)] + seeds[random.next(seeds.count)]
            case 2: return seeds[random.next(seeds.count)] + "\n" + seeds[random.next(seeds.count)].prefix(20)
            case 3: return (0..<random.next(12)).map { _ in "abx c1\n\tß€".map(String.init)[random.next(10)] }.joined()
            default: return seeds[random.next(seeds.count)]
            }
        }
    }

    @Test func agreesOnShippedRules() throws {
        let rules = try Self.shipped()
        let seeds = rules.flatMap { $0.matchSamples + $0.ignoreSamples }
        #expect(rules.count > 50)
        try compare(rules, lines(seeds, count: 3000, seed: 1))
    }

    @Test func agreesOnHostilePatterns() throws {
        let patterns = [
            "", "a", "a*", "alpha|beta", "alpha$", "^a", "\\Aa", "(?m)^a\\w*$", "(?s)a.*b", "[^x]+", "[^x\\n]+",
            "a\\s+b", "\\W", "\\D+",
            "a\\nb", "\\nb", "(?i)A b", "\\ba\\b", "(a*)*b", "(a|a)*$", "[a-z]{1,30}\\d", "x{0,50}c", "[\\s\\S]*c",
            "[\\x00-\\x7f]+b",
            "(?:a|b|)", ".*", ".+", "\\bß", "[[:space:]]b", "[[:alpha:]]+1", "a(?P<n>.)c", "(?<n>a)b", "\\pL+", "c1\\z",
            "[^[:alpha:]]b",
        ]
        let text = lines(["a b", "alpha beta", "x", "abc1", "", "ab\ncd", "ßa €b"], count: 800, seed: 2)
        for size in [1, 2, 3, 10] { try compare(Self.window(patterns, size: size), text) }
    }

    @Test(.enabled(if: Conformance.isPresent)) func agreesOnNodeProblemDetectorsFiles() throws {
        let names = [
            "kernel-monitor.json", "docker-monitor.json", "systemd-monitor.json", "abrt-adaptor.json",
            "readonly-monitor.json",
        ]
        let seeds = try Self.shipped().flatMap(\.matchSamples)
        for name in names {
            let file = RuleFile.read(try Conformance.bytes("npd/config/\(name)"), name: name)
            #expect(!file.rules.isEmpty)
            try compare(
                file.rules,
                lines(
                    seeds + ["Started Kubernetes kubelet.", "mce: [Hardware Error]: event severity: fatal"], count: 800,
                    seed: 3))
        }
    }

    @Test func confirmsEachRuleWhenTheAutomatonRunsOutOfMemory() throws {
        // Many counted repetitions overflow any small automaton.
        let rules = (0..<30).map { index in
            LogRule(
                id: "r\(index)", check: "c", reason: "R", severity: .warning, selector: .kmsg,
                semantics: .line, pattern: "x.{\(index + 20)}y[ab]{20}\(index)", origin: "t")
        }
        var random = SeededRandom(4)
        let text = (0..<300).map { _ in String((0..<200).map { _ in Array("xyab")[random.next(4)] }) }
        try compare(
            rules, text + ["x" + String(repeating: "z", count: 20) + "y" + String(repeating: "a", count: 20) + "0"])
    }
}

/// A small generator with a seed (SplitMix64, Steele et al. 2014).
struct SeededRandom {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next(_ below: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(max(1, below)))
    }
}
