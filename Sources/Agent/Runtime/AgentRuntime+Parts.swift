import AgentRules
package import AgentState
import Findings
package import Gauges
import Host
package import LogReading
import Logging
import Platform
import RuleEngine
package import Wire

extension AgentRuntime {
    /// What `run` and `once` both need.
    package struct Parts: Sendable {
        var context: SourceContext
        package var sources: SourceSet
        var loader: RuleLoader
        package var runner: SamplerRunner
        package var samplers: [any Sampler]

        package var states: StateTable { context.states }
        package var observations: ObservationTable { context.observations }
    }

    /// - Parameter instructions: what the aggregator said at the start.
    package func makeParts(_ instructions: Instructions = Instructions()) throws -> Parts {
        let host = HostRoot(configuration.hostRoot)
        let bootID = try host.bootID()
        let bootTime = try host.bootTime()
        let signal = Signal()
        let states = StateTable { signal.set() }
        let observations = ObservationTable { signal.set() }
        let setting = SourceWorker.Setting(
            node: configuration.node, bootID: bootID, bootTime: bootTime,
            pods: podDirectory(host, observations), clock: clock,
            redaction: try Redaction())
        let journald = JournaldState()
        let factory = SourceFactory(
            configuration: configuration, host: host, bootID: bootID, clock: clock, journald: journald,
            standsIn: true)
        var loader = loader
        let loaded = loader.load(instructions)
        let sources = SourceSet(loaded.rules) { signal.set() }
        let context = SourceContext(
            factory: factory, states: states, observations: observations, signal: signal, setting: setting)
        sources.set(loaded.rules, context.workers(for: loaded.rules.set, sources))
        let runner = SamplerRunner(
            host: host, node: configuration.node, bootID: bootID,
            limitSource: LimitSource(configuration.thresholds, instructions), clock: clock,
            states: states, observations: observations, signal: signal)
        let samplers = try SamplerList.all(configuration, journald: journald).filter {
            !configuration.disabled.contains($0.id)
        }
        let parts = Parts(
            context: context, sources: sources, loader: loader, runner: runner, samplers: samplers)
        for problem in loaded.problems {
            logger.warning("A rule file has a mistake.", metadata: ["problem": "\(problem)"])
        }
        RuleProblemReport.note(loaded.problems, context, clock.now())
        return parts
    }

    private func podDirectory(_ host: HostRoot, _ observations: ObservationTable) -> PodLogDirectory {
        PodLogDirectory(host: host, clock: clock) { [clock] problem in
            observations.note(
                Observation(
                    check: "agent", source: "pod-names", outcome: problem == nil ? .healthy : .unobserved,
                    reason: problem?.unobservedReason, since: clock.now(), detail: problem?.description ?? ""))
        }
    }
}
