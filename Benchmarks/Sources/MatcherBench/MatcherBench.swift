import Comparators
import Foundation
import Shared

/// The matcher beside bare loops over the same patterns and lines, in one run. `MatcherBench RULES_FOLDER LINES_FILE`.
@main
enum MatcherBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { throw Usage() }
        let names = try Files.names(in: arguments[1]).filter { $0.hasSuffix(".yaml") && $0 != "hosts.yaml" }
        let set = RuleSet(texts: try names.map { ($0, try Files.read(arguments[1] + "/" + $0)) })
        // All shipped rules in one automaton, whatever log they are for: the most that a line could meet.
        let group = try RuleGroup(selector: .kernel, rules: set.rules)
        let lines = try Files.read(arguments[2], bytesMax: 1 << 30).split(separator: UInt8(ascii: "\n")).map {
            Array($0)
        }
        let patterns = group.rules.flatMap { rule in
            [rule.pattern] + rule.with + [rule.condition?.clears].compactMap(\.self)
        }.map { Array($0.utf8) }

        withTexts(lines) { cLines in
            withTexts(patterns) { cPatterns in
                var hits = 0
                var refused: Int32 = 0
                let p = Int32(patterns.count), n = Int32(lines.count)
                // The best of five, interleaved, so that a busy moment hits nobody alone.
                var ours = Double.infinity, bare = Double.infinity, each = Double.infinity, hyperscan = Double.infinity
                var allocations = 0
                for round in 0..<5 {
                    let (seconds, allocated) = run(group, lines)
                    ours = min(ours, seconds)
                    allocations = allocated
                    bare = min(bare, bench_re2_set(cPatterns, p, cLines, n, &hits))
                    hyperscan = min(hyperscan, bench_hyperscan(cPatterns, p, cLines, n, &hits, &refused))
                    if round == 0 {
                        each =
                            bench_re2_each(cPatterns, p, cLines, min(n, 50_000), &hits) * Double(n)
                            / Double(min(n, 50_000))
                    }
                }
                func rate(_ seconds: Double) -> String { "\(Int(Double(lines.count) / seconds / 1000)) k lines/s" }
                func ratio(_ other: Double) -> String { String(format: "%.2f", other / ours) }
                print("matcher: \(group.rules.count) rules, \(patterns.count) patterns, \(lines.count) healthy lines")
                print("  ours                        \(rate(ours)), \(allocations) allocations in \(lines.count) lines")
                print("  bare C++ loop, RE2::Set     \(rate(bare))   ours/this \(ratio(bare))   (aim 0.80)")
                print(
                    "  Hyperscan                   \(rate(hyperscan))   ours/this \(ratio(hyperscan))   (aim 0.35; \(refused) patterns left out)"
                )
                print(
                    "  one RE2 per rule per line   \(rate(each))   ours/this \(ratio(each))   (aim 50 with 100+ rules)")
            }
        }
        try printMarginal(set, lines)
    }

    /// What each pack adds: a healthy line's cost with all packs less its cost without that one. Every pack is taken as if it
    /// were for the same log; an agent runs one automaton for each log and pays less.
    private static func printMarginal(_ set: RuleSet, _ lines: [[UInt8]]) throws {
        let some = Array(lines.prefix(200_000))
        func pack(_ rule: LogRule) -> String {
            String(rule.origin.prefix { $0 != ":" }.split(separator: "/").last ?? "")
        }
        let all = try RuleGroup(selector: .kernel, rules: set.rules)
        var lines: [String] = []
        var least = Double.infinity
        for name in Set(set.rules.map(pack)).sorted() {
            let others = set.rules.filter { pack($0) != name }
            let rest = try RuleGroup(selector: .kernel, rules: others)
            // Both in turn, so that a busy moment hits both.
            var with = Double.infinity, without = Double.infinity
            for _ in 0..<7 {
                with = min(with, run(all, some).0)
                without = min(without, run(rest, some).0)
            }
            least = min(least, with)
            let cost = (with - without) * 1e9 / Double(some.count)
            lines.append(
                "  \(name.padding(toLength: 20, withPad: " ", startingAt: 0)) \(set.rules.count - others.count) rules  \(String(format: "%+.0f", cost))"
            )
        }
        print("marginal cost of a pack, ns a healthy line (all: \(Int(least * 1e9 / Double(some.count))))")
        print(lines.joined(separator: "\n"))
    }

    private static func run(_ group: RuleGroup, _ lines: [[UInt8]]) -> (Double, Int) {
        let matcher = LineMatcher(group)
        let time = Timestamp(microseconds: 0)
        var matches = 0
        // Once for the automaton's states, which are made on first need.
        for line in lines.prefix(2000) { matcher.scan(line.span, time: time, position: { "" }) { _ in matches += 1 } }
        let before = bench_allocations()
        let start = ContinuousClock.now
        for line in lines { matcher.scan(line.span, time: time, position: { "" }) { _ in matches += 1 } }
        let taken = ContinuousClock.now - start
        let allocated = bench_allocations() - before
        if matches > 0 { print("  (\(matches) matches on lines that should be healthy)") }
        return (Double(taken.components.seconds) + Double(taken.components.attoseconds) / 1e18, allocated)
    }

    private static func withTexts(_ texts: [[UInt8]], _ body: (UnsafePointer<bench_text>) -> Void) {
        let all = texts.flatMap(\.self)
        all.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { chars in
                var offset = 0
                let slices = texts.map { text -> bench_text in
                    defer { offset += text.count }
                    return bench_text(bytes: chars.baseAddress?.advanced(by: offset), length: text.count)
                }
                slices.withUnsafeBufferPointer { if let base = $0.baseAddress { body(base) } }
            }
        }
    }

    struct Usage: Error, CustomStringConvertible { let description = "MatcherBench RULES_FOLDER LINES_FILE" }
}
