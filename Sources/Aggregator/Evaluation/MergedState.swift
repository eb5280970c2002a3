package import CheckModel
package import Checks
import ClusterIndex
package import Findings
package import Platform
package import Practice
package import Wire

/// A finding with the evidence of both sides.
///
/// A class, because there are tens of thousands in a bad hour, and each is sorted, grouped and looked at many times.
package final class MergedFinding: @unchecked Sendable {
    // SAFETY: changed only by the merge that makes it, and by the confirmation right after, before anybody else has it.

    package var id: String
    package var node: String
    package var detection: Detection
    package var first: Timestamp
    package var last: Timestamp
    package var count: Int
    /// It holds; else it happened.
    package var isState: Bool
    /// When the state itself was last seen, whatever events came later.
    package var seen: Timestamp?
    package var condition = ""
    package var resolvedAt: Timestamp?
    package var isDemo = false
    package var evidence: [Evidence]
    package var table: ReportTable
    /// The workload at the top, for findings about pods and what hangs on them.
    package var owner: ObjectReference?
    /// Of the object: pod, node or workload.
    package var labels: [String: String] = [:]
    /// API Warning events that are evidence; each has a row of its own name.
    package var events: [CheckFinding.EventRow] = []
    /// An agent has seen it too.
    package var hasAgent = false
    /// Who has taken note of it.
    package var acknowledgedBy: String?

    init(
        id: String, node: String, detection: Detection, first: Timestamp, last: Timestamp, count: Int, isState: Bool,
        evidence: [Evidence], table: ReportTable
    ) {
        self.id = id
        self.node = node
        self.detection = detection
        self.first = first
        self.last = last
        self.count = count
        self.isState = isState
        seen = isState ? last : nil
        self.evidence = evidence
        self.table = table
    }

    /// What is the same whenever this is found again.
    package var key: String { keyParts.joined(separator: "\u{1F}") }

    var keyParts: [String] {
        let object = detection.object
        return [detection.check, object.kind, object.namespace, object.name, detection.subject]
    }
}

extension MergedFinding: Equatable {
    package static func == (a: MergedFinding, b: MergedFinding) -> Bool {
        a === b
            || a.id == b.id && a.node == b.node && a.detection == b.detection && a.first == b.first && a.last == b.last
                && a.count == b.count && a.isState == b.isState && a.seen == b.seen && a.condition == b.condition
                && a.resolvedAt == b.resolvedAt && a.isDemo == b.isDemo && a.evidence == b.evidence
                && a.table == b.table && a.owner == b.owner && a.labels == b.labels && a.events == b.events
                && a.hasAgent == b.hasAgent && a.acknowledgedBy == b.acknowledgedBy
    }
}

/// What could not be looked at, on one node or somewhere in the cluster.
package struct MergedGap: Equatable, Hashable, Sendable {
    package var check: String
    /// The sampler, probe or log source; empty for the cluster's side.
    package var source: String
    /// A node's name; else `scope` says where.
    package var node: String
    package var scope: String
    package var reason: UnobservedReason
    package var since: Timestamp?
    package var detail: String
}

/// What is known of a node beside its findings: for headers, common factors and blast radius.
package struct NodeFacts: Equatable, Sendable {
    package var isReady = true
    package var isLeaving = false
    /// `pool`, `zone`, `instance`, `kernel`, `os`, `kubelet`, `runtime`, in this order where known.
    package var factors: [Factor] = []
    var podCount = 0
    /// Conditions that no check judges, as `Type=Status`.
    package var otherConditions: [String] = []
    var labels: [String: String] = [:]

    package struct Factor: Hashable, Sendable {
        package var name: String
        package var value: String
    }
}

/// A workload's pods, as far as incidents count them.
package struct WorkloadFacts: Equatable, Sendable {
    var pods = 0
    var ready = 0
    var nodes: Set<String> = []

    mutating func add(_ pod: PodRecord) {
        pods += 1
        if pod.isReady { ready += 1 }
        if !pod.node.isEmpty { nodes.insert(pod.node) }
    }
}

/// Both sides, merged: everything that reports are made from. The same inputs give the same state.
package struct MergedState: Equatable, Sendable {
    package var generatedAt: Timestamp
    /// The kubeconfig's context or the node's name.
    package var clusterName: String
    package var clusterVersion = ""
    package var hasCluster = false
    var hasAgents = false
    /// When the API was last read.
    package var scannedAt: Timestamp?
    package var nodes: [String: NodeFacts] = [:]
    var workloads: [ObjectReference: WorkloadFacts] = [:]
    package var agents: [Snapshot.Node] = []
    package var silent: Set<String> = []
    package var findings: [MergedFinding] = []
    package var resolved: [MergedFinding] = []
    package var gaps: [MergedGap] = []
    package var outcomes: [String: OutcomeCount] = [:]
    /// Hidden by overrides.
    package var silenced: [MergedFinding] = []
    package var expiredOverrides: [OverrideSet.Entry] = []
    package var dropped = 0
    /// For the header: what was limited and why.
    package var notes: [String] = []
    /// Best practice of workloads, apart from what is broken now.
    package var practice = PracticeState()
    /// Files and objects that were audited in place of a cluster.
    package var manifests: ManifestCounts?

    package init(
        generatedAt: Timestamp, clusterName: String, clusterVersion: String = "", hasCluster: Bool = false,
        hasAgents: Bool = false, scannedAt: Timestamp? = nil, nodes: [String: NodeFacts] = [:],
        workloads: [ObjectReference: WorkloadFacts] = [:], agents: [Snapshot.Node] = [], silent: Set<String> = [],
        findings: [MergedFinding] = [], resolved: [MergedFinding] = [], gaps: [MergedGap] = [],
        outcomes: [String: OutcomeCount] = [:], silenced: [MergedFinding] = [],
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
