import CheckModel
import Findings

/// What the evaluation of one part of a cluster gave.
struct PartitionResult {
    var findings: [EvaluatedFinding] = []
    /// Hidden by overrides.
    var silenced: [EvaluatedFinding] = []
    /// States of agents that ended within the last day.
    var resolved: [EvaluatedFinding] = []
    var gaps: [ObservationGap] = []
    var outcomes: [String: OutcomeCount] = [:]
    /// Of a node's part: the node, where the API knows it.
    var node: NodeFacts?
    /// The part's pods by the workload at the top.
    var workloads: [ObjectReference: WorkloadFacts] = [:]
    /// For so long it says the same, if nothing in the part changes.
    var holdsSeconds = Double.infinity
}
