import Findings
import Platform
import Regex
import YAML

/// Which rules claim a line that the log of `like` holds.
struct RuleClaims {
    private let matchers: [LineMatcher]

    init(_ set: RuleSet, like rule: LogRule) {
        matchers = set.groups.filter { rule.selector.sharesLines(with: $0.selector) }.map { LineMatcher($0) }
    }

    func ids(of sample: String) -> [String] {
        var ids: [String] = []
        let lines = sample.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            var isClaimed = false
            for matcher in matchers {
                matcher.scan(
                    Array(line.utf8).span, time: Timestamp(microseconds: Int64(index)), position: { "" },
                    isClaimed: &isClaimed
                ) { if index == lines.count - 1, $0.kind == .rule { ids.append(matcher.group.rules[$0.rule].id) } }
            }
        }
        return ids
    }
}
