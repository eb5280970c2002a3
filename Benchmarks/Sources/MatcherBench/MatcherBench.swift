import Comparators
import Foundation
import KubeEyeMatching

/// The matcher beside bare loops over the same patterns and lines, in one run. `MatcherBench RULES_FOLDER LINES_FILE`.
@main
enum MatcherBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { throw Usage() }
        let matcher = try BenchmarkMatcher(folder: arguments[1])
        let lines = try BenchmarkMatcher.read(arguments[2]).split(separator: UInt8(ascii: "\n")).map { Array($0) }
        let patterns = matcher.patterns.map { Array($0.utf8) }

        withTexts(lines) { cLines in
            withTexts(patterns) { cPatterns in
                var hits = 0
                var refused: Int32 = 0
                let p = Int32(patterns.count), n = Int32(lines.count)
                // The best of five, interleaved, so that a busy moment hits nobody alone.
                var ours = Double.infinity, bare = Double.infinity, each = Double.infinity, hyperscan = Double.infinity
                var allocations = 0
                for round in 0..<5 {
                    let (seconds, allocated) = run(matcher, lines)
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
                print("matcher: \(matcher.ruleCount) rules, \(patterns.count) patterns, \(lines.count) healthy lines")
                print("  ours                        \(rate(ours)), \(allocations) allocations in \(lines.count) lines")
                print("  bare C++ loop, RE2::Set     \(rate(bare))   ours/this \(ratio(bare))   (aim 0.80)")
                print(
                    "  Hyperscan                   \(rate(hyperscan))   ours/this \(ratio(hyperscan))   (aim 0.35; \(refused) patterns left out)"
                )
                print(
                    "  one RE2 per rule per line   \(rate(each))   ours/this \(ratio(each))   (aim 50 with 100+ rules)")
            }
        }
        try printMarginal(matcher, lines)
    }

    /// What each pack adds: a healthy line's cost with all packs less its cost without that one. Every pack is taken as if it
    /// were for the same log; an agent runs one automaton for each log and pays less.
    private static func printMarginal(_ all: BenchmarkMatcher, _ lines: [[UInt8]]) throws {
        let some = Array(lines.prefix(200_000))
        var lines: [String] = []
        var least = Double.infinity
        for name in all.packs {
            let rest = try all.without(pack: name)
            // Both in turn, so that a busy moment hits both.
            var with = Double.infinity, without = Double.infinity
            for _ in 0..<7 {
                with = min(with, run(all, some).0)
                without = min(without, run(rest, some).0)
            }
            least = min(least, with)
            let cost = (with - without) * 1e9 / Double(some.count)
            lines.append(
                "  \(name.padding(toLength: 20, withPad: " ", startingAt: 0)) \(all.ruleCount - rest.ruleCount) rules  \(String(format: "%+.0f", cost))"
            )
        }
        print("marginal cost of a pack, ns a healthy line (all: \(Int(least * 1e9 / Double(some.count))))")
        print(lines.joined(separator: "\n"))
    }

    private static func run(_ matcher: BenchmarkMatcher, _ lines: [[UInt8]]) -> (Double, Int) {
        var matches = 0, allocated = 0
        var taken = Duration.zero
        matcher.scan(lines, warmUp: 2000) { scan in
            let before = bench_allocations()
            let start = ContinuousClock.now
            matches = scan()
            taken = ContinuousClock.now - start
            allocated = bench_allocations() - before
        }
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
