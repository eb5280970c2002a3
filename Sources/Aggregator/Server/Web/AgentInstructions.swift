import CheckModel
import Platform
import Watch
import Wire

/// What each agent should run now: the rules' overrides and gauges' thresholds of its node, a canary, a trial.
struct AgentInstructions: Sendable {
    let registry: InstructionRegistry
    /// nil: there is no cluster.
    let cluster: ClusterState?
    let overrideFile: OverrideFile?
    /// Limits of gauges that the configuration sets for all nodes.
    let thresholds: [String: Double]
    let clock: any WallClock

    func wanted(_ node: String) -> Instructions {
        registry.instructions(
            for: node, overrides: overrides, thresholds: thresholds, labels: cluster?.labels(of: node) ?? [:],
            at: clock.now())
    }

    private var overrides: OverrideSet {
        var set = cluster?.overrides ?? OverrideSet()
        set.entries += overrideFile?.current.set.entries ?? []
        return set
    }

    /// The answer to a batch or a hello, with instructions when the agent runs other ones.
    /// - Parameter digest: of what the agent runs; nil: none.
    func added(to answer: Acknowledgement, _ node: String, running digest: String?) -> Acknowledgement {
        let wanted = wanted(node)
        if (wanted.isEmpty ? nil : wanted.digest) == digest { return answer }
        var answer = answer
        answer.instructions = wanted
        return answer
    }
}
