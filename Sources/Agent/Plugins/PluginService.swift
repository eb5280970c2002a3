import AgentState
import Findings
package import LogReading
package import Platform
import RuleEngine
import ServiceLifecycle

/// Runs the plug-ins of node-problem-detector's files, each at its own pace, and keeps what they say as states.
///
/// Off unless configured: a plug-in is a program of somebody else's, run as the agent.
package actor PluginService: Service {
    private let states: StateTable
    private let observations: ObservationTable
    private let clock: any WallClock
    private let node: String
    private let bootID: String
    private let isAllowed: Bool
    private let redaction: Redaction
    private let wanted: WantedPlugins
    private var running: [String: (rule: PluginRule, end: Signal)] = [:]
    private var conditions: [String: PluginCondition] = [:]
    private var busy: [String: Int] = [:]

    package init(_ context: SourceContext, wanted: WantedPlugins, isAllowed: Bool, clock: any WallClock) {
        states = context.states
        observations = context.observations
        node = context.setting.node
        bootID = context.setting.bootID
        redaction = context.setting.redaction
        self.wanted = wanted
        self.isAllowed = isAllowed
        self.clock = clock
    }

    static func owner(_ rule: PluginRule) -> String { "plugin:" + rule.id }

    package func run() async throws { await cancelWhenGracefulShutdown { await self.follow() } }

    /// Starts what is new, ends what is gone, and leaves alone what is as it was; until cancelled.
    private func follow() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for (rule, monitor, end) in change(to: wanted.current) {
                    group.addTask { await self.repeatLooks(rule, monitor, until: end) }
                }
                await wanted.signal.wait()
            }
            group.cancelAll()
        }
    }

    /// - Returns: what is to be started, each with the signal that ends it.
    private func change(to monitors: [PluginMonitor]) -> [(PluginRule, PluginMonitor, end: Signal)] {
        let wanted = monitors.flatMap { monitor in monitor.rules.map { (monitor, $0) } }
        for (id, entry) in running where !wanted.contains(where: { $0.1 == entry.rule }) {
            entry.end.set()
            running[id] = nil
            states.clear(at: clock.now()) { $0.owner == Self.owner(entry.rule) }
        }
        var starting: [(PluginRule, PluginMonitor, end: Signal)] = []
        for (monitor, rule) in wanted where running[rule.id] == nil {
            if case .program = rule.work, !isAllowed {
                note(
                    rule, .unobserved, .notConfigured,
                    "plug-ins are off; `plugins: true` in the agent's configuration runs them")
                continue
            }
            let end = Signal()
            running[rule.id] = (rule, end)
            starting.append((rule, monitor, end))
        }
        return starting
    }

    private func repeatLooks(_ rule: PluginRule, _ monitor: PluginMonitor, until end: Signal) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    await self.look(rule, monitor)
                    try? await self.clock.sleep(seconds: rule.intervalSeconds)
                }
            }
            group.addTask { await end.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    private func look(_ rule: PluginRule, _ monitor: PluginMonitor) async {
        switch rule.work {
        case .probe(let check): take(probe(check), rule, monitor)
        case .program(let path, let arguments):
            // A limited number of one monitor runs at a time; the others wait.
            while busy[monitor.origin, default: 0] >= monitor.concurrency {
                try? await clock.sleep(seconds: 0.05)
                if Task.isCancelled { return }
            }
            busy[monitor.origin, default: 0] += 1
            let result = await PluginRun.run(
                path: path, arguments: arguments, timeoutSeconds: rule.timeoutSeconds,
                outputBytesMax: rule.outputBytesMax)
            busy[monitor.origin, default: 1] -= 1
            take(result, rule, monitor)
        }
    }

    /// What our own probe of a component knows already.
    private func probe(_ check: String) -> PluginRun.Result {
        if let found = states.active.first(where: { $0.detection.check == check }) {
            return .init(status: .nonOK, output: found.detection.message)
        }
        let seen = observations.all.filter { $0.check == check }
        if seen.contains(where: { $0.outcome != .unobserved }) { return .init(status: .ok, output: "") }
        return .init(status: .unknown, output: seen.first?.detail ?? "the probe has not run yet")
    }

    private func take(_ result: PluginRun.Result, _ rule: PluginRule, _ monitor: PluginMonitor) {
        // One that was ended meanwhile says nothing any more: nobody would ever clear its state.
        if Task.isCancelled || running[rule.id]?.rule != rule { return }
        let now = clock.now()
        let output = redaction.redact(result.output)
        guard rule.isPermanent else {
            // A problem of the moment: it holds until the plug-in says otherwise.
            keep(result.status == .ok ? nil : output, rule, reason: rule.reason, condition: "", now)
            note(rule, result.status == .ok ? .healthy : .finding, nil, "")
            return
        }
        let healthy =
            monitor.conditions.first { $0.type == rule.condition }
            ?? ConditionDefault(type: rule.condition, reason: "", message: "")
        let key = monitor.origin + "\u{1F}" + rule.condition
        var condition = conditions[key] ?? PluginCondition(healthy, updatesOnMessage: monitor.updatesOnMessage)
        _ = condition.take(result.status, reason: rule.reason, output: output)
        conditions[key] = condition
        switch condition.status {
        case .isTrue:
            keep(condition.message, rule, reason: condition.reason, condition: rule.condition, now)
            note(rule, .finding, nil, "")
        case .isFalse:
            keep(nil, rule, reason: rule.reason, condition: rule.condition, now)
            note(rule, .healthy, nil, "")
        case .unknown: note(rule, .unobserved, .malformed, condition.message)
        }
    }

    private func keep(_ message: String?, _ rule: PluginRule, reason: String, condition: String, _ now: Timestamp) {
        let reports = message.map { message in
            [
                StateReport(
                    Detection(
                        check: rule.reason, rule: rule.id, reason: reason, severity: .warning, object: .node(node),
                        subject: "", message: message.isEmpty ? reason : message,
                        remedy: "Reported by the plug-in of \(rule.origin); its author knows the remedy."),
                    since: now, last: now, condition: condition, owner: Self.owner(rule), bootID: bootID, evidence: [])
            ]
        }
        states.replace(owner: Self.owner(rule), checks: [rule.reason], with: reports ?? [], at: now)
    }

    private func note(_ rule: PluginRule, _ outcome: Observation.Outcome, _ reason: UnobservedReason?, _ detail: String)
    {
        observations.note(
            Observation(
                check: rule.reason, source: Self.owner(rule), outcome: outcome, reason: reason, since: clock.now(),
                detail: detail))
    }
}
