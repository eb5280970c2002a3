package import AgentState
import Findings
internal import Glibc
package import LogReading
package import LogSources
package import Platform
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
    private let states: StateBoard
    private let redaction: Redaction

    init(groups: [RuleGroup], setting: SourceWorker.Setting, source: String, end: Timestamp, states: StateBoard) {
        matchers = groups.map { LineMatcher($0) }
        pipelines = groups.map {
            RulePipeline(group: $0, node: setting.node, source: source, bootID: setting.bootID, pods: setting.pods)
        }
        self.end = end
        self.states = states
        redaction = setting.redaction
    }

    /// Only rules whose condition nothing but a reboot ends.
    package static func lastingGroups(_ rules: RuleSet) -> [RuleGroup] {
        rules.groups.compactMap { group in
            let lasting = group.rules.filter { rule in
                guard let condition = rule.condition, !rule.isPermanent else { return false }
                return condition.clears == nil && condition.clearsAfterSeconds == nil && condition.probe == nil
            }
            // The rules compiled before; the same patterns compile again.
            return lasting.isEmpty ? nil : try? RuleGroup(selector: group.selector, rules: lasting)
        }
    }

    /// Scans every source on one thread at the lowest priority.
    package static func start(
        _ sources: [(any LogSource, [RuleGroup])], from boot: Timestamp, to end: Timestamp,
        setting: SourceWorker.Setting, states: StateBoard
    ) {
        let scans = sources.map { source, groups in
            (source, BootScan(groups: groups, setting: setting, source: source.id, end: end, states: states))
        }
        NativeThread.start {
            // For the calling thread alone on Linux (setpriority(2), "NOTES").
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
            for (source, scan) in scans { source.run(from: .since(boot), into: scan) }
        }
    }

    package func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer {
        if record.time >= end { return .stop }
        for index in matchers.indices where record.selectors & (1 << UInt64(index)) != 0 {
            matchers[index].scan(record.text.span, time: record.time, position: position) { match in
                for case .conditionSet(var state) in pipelines[index].process(match, position: position()) {
                    state.detection.message = redaction.redact(state.detection.message)
                    state.evidence = state.evidence.map {
                        Evidence(source: $0.source, origin: $0.origin, time: $0.time, text: redaction.redact($0.text))
                    }
                    states.set(state)
                }
            }
        }
        return .proceed
    }

    package func caughtUp(position: String?) -> SinkAnswer { .stop }
    package func lost(_ gap: LogGap, position: String?) {}
    package func health(_ health: SourceHealth) {}
}
