package import CheckModel
import Checks
import ClusterIndex
package import Findings
package import Platform
package import Practice
package import Wire

/// Everything that reports are made from: findings of both sides, gaps, outcomes and facts. The same inputs give the
/// same state.
package struct EvaluatedState: Equatable, Sendable {
    package var generatedAt: Timestamp
    /// Which evaluation of a server it comes from; nil: it was evaluated for one reader alone.
    package var generation: Generation?
    /// The kubeconfig's context or the node's name.
    package var clusterName: String
    package var clusterVersion = ""
    package var hasCluster = false
    var hasAgents = false
    /// When the API was last read.
    package var scannedAt: Timestamp?
    /// Since when all of the API's Events are known; nil: they were not read.
    package var eventsSince: Timestamp?
    package var nodes: [String: NodeFacts] = [:]
    var workloads: [ObjectReference: WorkloadFacts] = [:]
    package var agents: [Snapshot.Node] = []
    package var silent: Set<String> = []
    package var findings: [EvaluatedFinding] = []
    package var resolved: [EvaluatedFinding] = []
    package var gaps: [ObservationGap] = []
    package var outcomes: [String: OutcomeCount] = [:]
    /// Hidden by overrides.
    package var silenced: [EvaluatedFinding] = []
    package var expiredOverrides: [OverrideSet.Entry] = []
    package var dropped = 0
    /// Of the agents' findings.
    package var missing = Snapshot.Missing()
    /// For the header: what was limited and why.
    package var notes: [String] = []
    /// Best-practice findings, apart from what is broken now.
    package var practice = PracticeState()
    /// Files and objects that were audited in place of a cluster.
    package var manifests: ManifestCounts?

    package struct Generation: Equatable, Sendable {
        /// Counted from the server's start.
        package var number: Int
        /// How long the evaluation took.
        package var seconds: Double

        package init(number: Int, seconds: Double) {
            self.number = number
            self.seconds = seconds
        }
    }

    package init(
        generatedAt: Timestamp, clusterName: String, clusterVersion: String = "", hasCluster: Bool = false,
        hasAgents: Bool = false, scannedAt: Timestamp? = nil, nodes: [String: NodeFacts] = [:],
        workloads: [ObjectReference: WorkloadFacts] = [:], agents: [Snapshot.Node] = [], silent: Set<String> = [],
        findings: [EvaluatedFinding] = [], resolved: [EvaluatedFinding] = [], gaps: [ObservationGap] = [],
        outcomes: [String: OutcomeCount] = [:], silenced: [EvaluatedFinding] = [],
        expiredOverrides: [OverrideSet.Entry] = [], dropped: Int = 0, notes: [String] = [],
        practice: PracticeState = PracticeState(), manifests: ManifestCounts? = nil
    ) {
        self.generatedAt = generatedAt
        self.clusterName = clusterName
        self.clusterVersion = clusterVersion
        self.hasCluster = hasCluster
        self.hasAgents = hasAgents
        self.scannedAt = scannedAt
        self.nodes = nodes
        self.workloads = workloads
        self.agents = agents
        self.silent = silent
        self.findings = findings
        self.resolved = resolved
        self.gaps = gaps
        self.outcomes = outcomes
        self.silenced = silenced
        self.expiredOverrides = expiredOverrides
        self.dropped = dropped
        self.notes = notes
        self.practice = practice
        self.manifests = manifests
    }
}
