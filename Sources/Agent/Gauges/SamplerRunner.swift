package import AgentState
import Findings
package import Host
package import Platform

/// Has samplers and probes look, and keeps what they find in the tables of states and observations.
package struct SamplerRunner: Sendable {
    package let host: HostRoot
    package let node: String
    package let bootID: String
    package let limitSource: LimitSource
    package let clock: any WallClock
    package let states: StateTable
    package let observations: ObservationTable
    package let signal: Signal

    package init(
        host: HostRoot, node: String, bootID: String, limitSource: LimitSource, clock: any WallClock,
        states: StateTable, observations: ObservationTable, signal: Signal
    ) {
        self.host = host
        self.node = node
        self.bootID = bootID
        self.limitSource = limitSource
        self.clock = clock
        self.states = states
        self.observations = observations
        self.signal = signal
    }

    /// One look: what it found replaces what this sampler said before.
    package func look(_ sampler: inout any Sampler) async {
        let owner = sampler.id
        let active = states.active.filter { $0.owner == owner && $0.condition.isEmpty }.map(\.detection)
        let context = SampleContext(
            host: host, node: .node(node), now: clock.now(), uptimeSeconds: Self.uptime(host),
            thresholds: limitSource.current,
            active: active)
        let outcomes = await sampler.sample(context)
        // A look that was cut short by the agent's end says nothing of the node.
        if Task.isCancelled { return }
        let now = clock.now()
        var detections: [StateReport] = []
        for outcome in outcomes {
            switch outcome.result {
            case .observed(let found):
                for detection in found {
                    let evidence =
                        outcome.evidence.isEmpty
                        ? []
                        : [
                            Evidence(source: "sampler:\(sampler.id)", origin: "", time: now, text: outcome.evidence)
                        ]
                    detections.append(
                        StateReport(
                            detection, since: now, last: now, owner: sampler.id, bootID: bootID, evidence: evidence))
                }
                observations.note(
                    Observation(
                        check: outcome.check, source: sampler.id, outcome: found.isEmpty ? .healthy : .finding,
                        since: now))
            case .unobserved(let reason, let detail):
                observations.note(
                    Observation(
                        check: outcome.check, source: sampler.id, outcome: .unobserved, reason: reason, since: now,
                        detail: detail))
            }
        }
        // What could not be looked at is not cleared.
        let looked = Set(outcomes.compactMap { if case .observed = $0.result { $0.check } else { nil } })
        states.replace(owner: owner, checks: looked, with: detections, at: now)
    }

    /// `/proc/uptime`; zero where it cannot be read, which makes rates wait.
    private static func uptime(_ host: HostRoot) -> Double {
        (try? host.text("/proc/uptime"))?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }
}
