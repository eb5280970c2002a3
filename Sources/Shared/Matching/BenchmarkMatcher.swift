import Findings
import Platform
import RuleEngine

/// The log rules of a folder in one automaton, for `Benchmarks`, which is a package of its own.
public struct BenchmarkMatcher: Sendable {
    private let set: RuleSet
    private let group: RuleGroup

    /// - Parameter folder: rule packs, such as `rules/logs`. All their rules are taken as if they read the kernel log,
    ///   so that no real line meets more of them.
    public init(folder: String) throws {
        let names = try Files.names(in: folder).filter { $0.hasSuffix(".yaml") && $0 != "hosts.yaml" }
        try self.init(RuleSet(texts: try names.map { ($0, try Files.read(folder + "/" + $0)) })) { _ in true }
    }

    private init(_ set: RuleSet, where isUsed: (LogRule) -> Bool) throws {
        self.set = set
        group = try RuleGroup(selector: .kernel, rules: set.rules.filter(isUsed))
    }

    public var ruleCount: Int { group.rules.count }

    /// Every pattern that a line is held against.
    public var patterns: [String] {
        group.rules.flatMap { rule in [rule.pattern] + rule.with + [rule.condition?.clears].compactMap(\.self) }
    }

    /// File names of the packs, in alphabetical order.
    public var packs: [String] { Set(set.rules.map(Self.pack)).sorted() }

    /// The same without the rules of one pack.
    public func without(pack: String) throws -> BenchmarkMatcher {
        try BenchmarkMatcher(set) { Self.pack($0) != pack }
    }

    private static func pack(_ rule: LogRule) -> String {
        String(rule.origin.prefix { $0 != ":" }.split(separator: "/").last ?? "")
    }

    /// Scans with a matcher that has seen `warmUp` already, because an automaton builds its states on first need.
    /// - Parameter measured: is given the scan of `lines`, which returns the number of matches.
    public func scan(_ lines: [[UInt8]], warmUp: Int, measured: (() -> Int) -> Void) {
        let matcher = LineMatcher(group)
        let time = Timestamp(microseconds: 0)
        func scan(_ lines: some Sequence<[UInt8]>) -> Int {
            var matches = 0
            for line in lines { matcher.scan(line.span, time: time, position: { "" }) { _ in matches += 1 } }
            return matches
        }
        _ = scan(lines.prefix(warmUp))
        measured { scan(lines) }
    }

    /// A file's bytes, up to a gigabyte.
    public static func read(_ path: String) throws -> [UInt8] { try Files.read(path, bytesMax: 1 << 30) }
}
