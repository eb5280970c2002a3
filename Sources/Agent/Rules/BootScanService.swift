package import AgentState
import Findings
package import LogReading
package import LogSources
package import Platform
package import RuleEngine
import ServiceLifecycle
import Synchronization

/// Looks once through the logs from boot to where reading begins, on one thread at the lowest priority.
package final class BootScanService: Service {
    private let sources: [(any LogSource, [RuleGroup])]
    private let boot: Timestamp
    private let end: Timestamp
    private let setting: SourceWorker.Setting
    private let states: StateTable
    private let observations: ObservationTable
    private let isStopped = Flag()

    package init(
        _ sources: [(any LogSource, [RuleGroup])], from boot: Timestamp, to end: Timestamp,
        setting: SourceWorker.Setting, states: StateTable, observations: ObservationTable
    ) {
        self.sources = sources
        self.boot = boot
        self.end = end
        self.setting = setting
        self.states = states
        self.observations = observations
    }

    package func run() async throws {
        let isStarted = NativeThread.start(priority: .lowest) { self.scan() }
        if !isStarted {
            observations.note(
                Observation(
                    check: "agent", source: "boot-scan", outcome: .unobserved, reason: .unreachable,
                    since: setting.clock.now(), detail: "no thread could be started to scan the log since boot")
            )
        }
        try? await gracefulShutdown()
        isStopped.value.store(true, ordering: .relaxed)
        for (source, _) in sources { source.wake() }
    }

    private func scan() {
        for (source, groups) in sources {
            let scan = BootScan(
                groups: groups, setting: setting, source: source.id, end: end, states: states,
                isStopped: { [isStopped] in isStopped.value.load(ordering: .relaxed) })
            source.run(from: .since(boot), into: scan)
        }
    }

    private final class Flag: Sendable { let value = Atomic(false) }
}
