package import Platform
import YAML

/// Runs a file's own samples: each `match` line must be claimed by its rule, no `ignore` line may be.
///
/// A sample may have several lines; they are read one after the other and the last one decides.
package enum RuleSamples {
    package static func check(_ file: RuleFile) -> [DocumentProblem] {
        let set = RuleSet(files: [file])
        return set.groups.flatMap { group in
            group.rules.flatMap { rule in
                rule.matchSamples.compactMap { problem($0, rule, group, file.name, shouldMatch: true) }
                    + rule.ignoreSamples.compactMap { problem($0, rule, group, file.name, shouldMatch: false) }
            }
        }
    }

    private static func problem(
        _ sample: String, _ rule: LogRule, _ group: RuleGroup, _ file: String, shouldMatch: Bool
    ) -> DocumentProblem? {
        let claimants = claimants(of: sample, in: group)
        if claimants.contains(rule.id) == shouldMatch { return nil }
        let parts = rule.origin.split(separator: ":")
        let mark = Mark(
            line: parts.dropLast().last.flatMap { Int($0) } ?? 1, column: parts.last.flatMap { Int($0) } ?? 1)
        let shown = TextSafety.printable(TextSafety.cut(sample, bytesMax: 160))
        let message: String
        if !shouldMatch {
            message = "must not match '\(shown)', but does"
        } else if let other = claimants.first {
            message =
                "must match '\(shown)', but the earlier rule '\(other)' claims that line; move this rule up or set `continue: true` there"
        } else {
            message = "must match '\(shown)', but does not"
        }
        return DocumentProblem(file: file, mark: mark, field: "\(rule.id).samples", message: message)
    }

    /// Ids of the rules that the last line of `sample` gives findings for.
    package static func claimants(of sample: String, in group: RuleGroup) -> [String] {
        let matcher = LineMatcher(group)
        let lines = sample.split(separator: "\n", omittingEmptySubsequences: false)
        var ids: [String] = []
        for (index, line) in lines.enumerated() {
            let bytes = Array(line.utf8)
            matcher.scan(bytes.span, time: Timestamp(microseconds: Int64(index)), position: { "" }) { match in
                if index == lines.count - 1, match.kind == .rule { ids.append(group.rules[match.rule].id) }
            }
        }
        return ids
    }
}
