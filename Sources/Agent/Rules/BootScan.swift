import AgentState
import Findings
import LogReading
package import LogSources
package import Platform
import Regex
package import RuleEngine

/// At a first start, looks through the log from boot to where reading begins, only for what stays true until reboot.
///
/// It sets states, which are absolute, so that looking twice changes nothing; no position is moved.
///
/// SAFETY: used by the scan's own thread only.
package final class BootScan: RecordSink, @unchecked Sendable {
    private let matchers: [LineMatcher]
    private var pipelines: [RulePipeline]
    private let end: Timestamp
    private let states: StateTable
    private let redaction: Redaction
    private let isStopped: () -> Bool

    init(
        groups: [RuleGroup], setting: SourceWorker.Setting, source: String, end: Timestamp, states: StateTable,
        isStopped: @escaping () -> Bool = { false }
    ) {
        matchers = groups.map { LineMatcher($0) }
        pipelines = groups.map {
            RulePipeline(group: $0, node: setting.node, source: source, bootID: setting.bootID, pods: setting.pods)
        }
        self.end = end
        self.states = states
        redaction = setting.redaction
        self.isStopped = isStopped
    }

    /// Only rules whose condition nothing but a reboot ends.
    /// - Parameter onProblem: of rules that cannot be looked for; they compiled before, so that only memory can lack.
    package static func lastingGroups(_ rules: RuleSet, onProblem: (String) -> Void) -> [RuleGroup] {
        rules.groups.compactMap { group in
            let lasting = group.rules.filter { rule in
                guard let condition = rule.condition, !rule.isPermanent else { return false }
                return condition.clears == nil && condition.clearsAfterSeconds == nil && condition.probe == nil
            }
            if lasting.isEmpty { return nil }
            do throws(RegexError) { return try RuleGroup(selector: group.selector, rules: lasting) } catch {
                onProblem("\(group.selector.title): \(error.message)")
                return nil
            }
        }
    }

    package func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer {
        if record.time >= end || isStopped() { return .stop }
        for index in matchers.indices where record.selectors & (1 << UInt64(index)) != 0 {
            matchers[index].scan(record.text.span, time: record.time, position: position) { match in
                for case .conditionSet(let state) in pipelines[index].process(match, position: position()) {
                    states.set(redaction.redacted(state))
                }
            }
        }
        return .proceed
    }

    package func passed(position: String, time: Timestamp) -> SinkAnswer {
        time >= end || isStopped() ? .stop : .proceed
    }
    package func caughtUp(position: String?) -> SinkAnswer { .stop }
    package func lost(_ gap: LogGap, position: String?) {}
    /// The worker of the same source says it.
    package func health(_ health: SourceHealth) {}
}
