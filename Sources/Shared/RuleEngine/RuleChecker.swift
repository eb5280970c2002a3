import Findings
package import Platform
import Regex
import YAML

/// What `rules check` says of users' files beyond their syntax: samples, duplicates, lines taken from other rules,
/// hits on healthy logs, patterns that match nearly everything.
package struct RuleChecker {
    /// A pattern that matches more of the healthy lines than this part is no pattern.
    package static let broadShare = 0.02

    private let users: [RuleFile]
    private let all: RuleSet
    private let userIDs: Set<String>

    /// - Parameters:
    ///   - users: the files to check.
    ///   - others: rules that run beside them: the built-in packs and the users' other files.
    package init(_ users: [RuleFile], others: [RuleFile] = BuiltInRules.files) {
        self.users = users
        all = RuleSet(users: users, builtIn: others)
        userIDs = Set(users.flatMap { $0.rules.map(\.id) })
    }

    /// Every problem, readers' first; an error keeps a file from being pushed.
    package func problems() -> [DocumentProblem] {
        let read = all.files.prefix(users.count).flatMap(\.problems)
        let rules = users.flatMap { file in file.rules.map { (file, $0) } }
        let breadth = rules.map { file, rule in (rule.id, self.breadth(rule, file)) }
        // What matches nearly everything takes nearly every other rule's lines: said once is enough.
        let broad = Set(
            breadth.filter { $0.1.contains { problem in Self.broadMarks.contains { problem.message.hasPrefix($0) } } }
                .map(\.0))
        let found =
            read + users.flatMap(RuleSamples.check) + users.flatMap(originals) + breadth.flatMap(\.1)
            + rules.flatMap { file, rule in
                duplicates(rule, file) + (broad.contains(rule.id) ? [] : lostSamples(rule, file))
                    + missingSamples(rule, file) + unwritten(rule, file) + restless(rule, file)
            } + takenLines(by: userIDs.subtracting(broad))
        // As they stand in the files.
        let order = Dictionary(
            users.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
        return found.enumerated().sorted { a, b in
            let left = order[a.element.file] ?? users.count, right = order[b.element.file] ?? users.count
            return (left, a.element.mark, a.offset) < (right, b.element.mark, b.offset)
        }.map(\.element)
    }

    /// How the messages about patterns that are no patterns begin.
    private static let broadMarks = ["matches every line", "is too broad"]

    private func problem(
        _ level: DocumentProblem.Level, _ rule: LogRule, _ file: RuleFile, _ field: String, _ message: String
    ) -> DocumentProblem {
        DocumentProblem(level, file: file.name, mark: rule.mark, field: "\(rule.id).\(field)", message: message)
    }

    private func duplicates(_ rule: LogRule, _ file: RuleFile) -> [DocumentProblem] {
        let twin = all.rules.first { $0.id != rule.id && $0.selector == rule.selector && $0.pattern == rule.pattern }
        guard let twin, !rule.isNodeProblemDetector, !(userIDs.contains(twin.id) && twin.id > rule.id) else {
            return []
        }
        return [problem(.warning, rule, file, "pattern", "is also the pattern of '\(twin.id)' (\(twin.origin))")]
    }

    /// A subject that differs in each line makes a finding of every line.
    private func restless(_ rule: LogRule, _ file: RuleFile) -> [DocumentProblem] {
        let names = ["time", "timestamp", "ts", "date", "uuid", "requestID", "request_id"]
        guard let subject = rule.subject?.source, let name = names.first(where: { subject.contains("{\($0)}") }) else {
            return []
        }
        return [
            problem(
                .warning, rule, file, "subject",
                "'{\(name)}' differs from line to line, so that each line is a finding of its own; name what is broken")
        ]
    }

    /// `rules new` and `rules convert` leave texts to be written; nobody shall read them in a report at night.
    private func unwritten(_ rule: LogRule, _ file: RuleFile) -> [DocumentProblem] {
        [("why", rule.why), ("remedy", rule.remedy)].filter { _, text in
            [text.en, text.zh].contains { $0.hasPrefix(Wording.unwritten) }
        }.map { name, _ in
            problem(
                .warning, rule, file, name,
                "still says \(Wording.unwritten); replace it with text for the person on call")
        }
    }

    /// Traps of node-problem-detector's files: patterns that must reach the end of a line, programs that do not run by
    /// themselves, files for another system.
    private func originals(_ file: RuleFile) -> [DocumentProblem] {
        var found = file.rules.filter(\.isNodeProblemDetector).compactMap { rule in
            NPDPatternEnd.remark(rule.pattern).map { problem(.warning, rule, file, "pattern", $0) }
        }
        func warn(_ text: String) { found.append(DocumentProblem(.warning, file: file.name, message: text)) }
        let programs = file.plugin?.rules.filter { if case .program = $0.work { true } else { false } } ?? []
        if !programs.isEmpty {
            warn(
                "\(counted(programs.count, "program")) of this file run only where the agent's configuration allows it: set `plugins: true` there, and put the programs on the node"
            )
        }
        let paths =
            file.rules.compactMap { $0.selector.file?.path }
            + programs.compactMap { if case .program(let path, _) = $0.work { path } else { nil } }
        if let path = paths.first(where: Self.isWindows) {
            warn("is for Windows: '\(path)' cannot be on a Linux node, so its rules find nothing there")
        }
        return found
    }

    private static func isWindows(_ path: String) -> Bool {
        path.dropFirst().hasPrefix(":\\") || path.hasSuffix(".exe") || path.hasSuffix(".ps1")
    }

    private func missingSamples(_ rule: LogRule, _ file: RuleFile) -> [DocumentProblem] {
        guard rule.matchSamples.isEmpty, !rule.isNodeProblemDetector else { return [] }
        return [problem(.warning, rule, file, "samples", "is missing; give a line that the rule must match")]
    }

    /// The rule's own samples, which an earlier rule of another file takes.
    private func lostSamples(_ rule: LogRule, _ file: RuleFile) -> [DocumentProblem] {
        for sample in rule.matchSamples {
            let ids = RuleClaims(all, like: rule).ids(of: sample)
            if !ids.contains(rule.id), let other = ids.first, !file.rules.contains(where: { $0.id == other }) {
                let shown = TextSafety.printable(TextSafety.cut(sample, bytesMax: 120))
                return [
                    problem(
                        .error, rule, file, "samples",
                        "the earlier rule '\(other)' claims '\(shown)'; set `continue: true` there, or reorder the files"
                    )
                ]
            }
        }
        return []
    }

    /// Samples of other rules that a rule of these files takes: one problem for each that takes.
    private func takenLines(by takers: Set<String>) -> [DocumentProblem] {
        var order: [String] = []
        var taken: [String: [LogRule]] = [:]
        for other in all.rules where !userIDs.contains(other.id) {
            for sample in other.matchSamples {
                let ids = RuleClaims(all, like: other).ids(of: sample)
                guard !ids.contains(other.id), let taker = ids.first(where: takers.contains) else { continue }
                if taken[taker] == nil { order.append(taker) }
                if taken[taker]?.contains(where: { $0.id == other.id }) ?? false { continue }
                taken[taker, default: []].append(other)
            }
        }
        return order.compactMap { taker in
            guard let others = taken[taker], let first = others.first,
                let file = users.first(where: { $0.rules.contains { $0.id == taker } }),
                let rule = file.rules.first(where: { $0.id == taker })
            else { return nil }
            let more = others.count > 1 ? " and of \(counted(others.count - 1, "other rule"))" : ""
            let find = others.count > 1 ? "find" : "finds"
            return problem(
                .warning, rule, file, "pattern",
                "claims lines of '\(first.id)' (\(first.origin))\(more), which then \(find) nothing; `continue: true` lets all see them"
            )
        }
    }

    /// Against the healthy corpus: rules that count, or wait after a boot, may match; they only may not match much.
    private func breadth(_ rule: LogRule, _ file: RuleFile) -> [DocumentProblem] {
        guard let regex = try? Regex(rule.pattern) else { return [] }
        let nothing: [UInt8] = []
        if regex.matches(nothing.span) {
            return [problem(.error, rule, file, "pattern", "matches every line, even an empty one")]
        }
        let lines =
            rule.selector.isKernel.map { BuiltInRules.healthyLines(isKernel: $0) }
            ?? BuiltInRules.healthyLines(isKernel: true) + BuiltInRules.healthyLines(isKernel: false)
        let hits = lines.filter { line in
            guard let ranges = regex.firstMatch(in: line.span) else { return false }
            return rule.tests.isEmpty || rule.accepts(regex.captures(ranges, in: line.span))
        }
        guard let first = hits.first else { return [] }
        let shown = TextSafety.printable(TextSafety.cut(String(decoding: first, as: UTF8.self), bytesMax: 120))
        if Double(hits.count) > Self.broadShare * Double(lines.count) {
            return [
                problem(
                    .error, rule, file, "pattern",
                    "is too broad: it matches \(hits.count) of \(lines.count) lines of healthy logs, for example '\(shown)'"
                )
            ]
        }
        if rule.threshold != nil || rule.afterBootSeconds != nil { return [] }
        return [
            problem(
                rule.severity >= .warning && !rule.isNodeProblemDetector ? .error : .warning, rule, file, "pattern",
                "matches a line of healthy logs: '\(shown)'")
        ]
    }
}

extension LogRule {
    /// The place of `origin`.
    var mark: Mark {
        let parts = origin.split(separator: ":")
        return Mark(line: parts.dropLast().last.flatMap { Int($0) } ?? 1, column: parts.last.flatMap { Int($0) } ?? 1)
    }

    /// Read from one of node-problem-detector's files.
    package var isNodeProblemDetector: Bool { if case .window = semantics { true } else { false } }
}
