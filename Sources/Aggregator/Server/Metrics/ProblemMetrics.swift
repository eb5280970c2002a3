import Findings
import Platform
import RuleEngine

/// Findings as Prometheus series under node-problem-detector's names, for every node at once: `problem_counter{reason}`
/// and `problem_gauge{type,reason}`, with `node` where there was something.
///
/// A series of a node lives from its first hit until a day after its end; a zero for each reason stands for the whole
/// cluster, so that a query never finds nothing. (A zero for each node and reason would be a million series.)
package struct ProblemMetrics {
    package static let keptSeconds = 86_400.0

    struct Key: Hashable {
        var node: String
        var type: String
        var reason: String
    }

    private(set) var counters: [Key: Int] = [:]
    private(set) var gauges: [Key: Int] = [:]

    /// Reasons and condition types of the built-in rules.
    private static let known: (reasons: [String], gauges: [(type: String, reason: String)]) = {
        let rules = BuiltInRules.files.flatMap(\.rules)
        let pairs = Set(rules.compactMap { rule in rule.condition.map { "\($0.type)\n\(rule.reason)" } }).sorted()
        return (
            Set(rules.map(\.reason)).sorted(),
            pairs.map { pair in
                let parts = pair.split(separator: "\n").map(String.init)
                return (parts[0], parts[1])
            }
        )
    }()

    init(_ findings: [Finding], now: Timestamp) {
        var current: [String: (reason: String, last: Timestamp)] = [:]
        for finding in findings where now.seconds(since: finding.resolvedAt ?? finding.last) <= Self.keptSeconds {
            let reason = finding.detection.reason
            counters[Key(node: finding.node, type: "", reason: reason), default: 0] += max(1, finding.count)
            guard !finding.condition.isEmpty else { continue }
            let key = Key(node: finding.node, type: finding.condition, reason: reason)
            gauges[key] = gauges[key] ?? 0
            guard finding.resolvedAt == nil else { continue }
            // As a condition has one reason, so has its gauge: the newest.
            let condition = key.node + "\n" + key.type
            if let (newest, last) = current[condition] {
                if (last, newest) > (finding.last, reason) { continue }
                gauges[Key(node: key.node, type: key.type, reason: newest)] = 0
            }
            current[condition] = (reason, finding.last)
            gauges[key] = 1
        }
    }

    /// Label sets with their values, the cluster-wide zeros first.
    var counterSamples: [(labels: String, value: String)] {
        Self.known.reasons.map { ("reason=\"\(IngestMetrics.escape($0))\"", "0") }
            + counters.map { (Self.labels($0.key), String($0.value)) }.sorted { $0.0 < $1.0 }
    }

    var gaugeSamples: [(labels: String, value: String)] {
        Self.known.gauges.map {
            ("reason=\"\(IngestMetrics.escape($0.reason))\",type=\"\(IngestMetrics.escape($0.type))\"", "0")
        } + gauges.map { (Self.labels($0.key), String($0.value)) }.sorted { $0.0 < $1.0 }
    }

    private static func labels(_ key: Key) -> String {
        let labels = [("node", key.node), ("reason", key.reason), ("type", key.type)].filter { !$0.1.isEmpty }
        return labels.map { "\($0.0)=\"\(IngestMetrics.escape($0.1))\"" }.joined(separator: ",")
    }
}
