import Shared

/// A finding with the evidence of both sides.
///
/// A class, because there are tens of thousands in a bad hour, and each is sorted, grouped and looked at many times.
final class MergedFinding: @unchecked Sendable {
    // SAFETY: changed only by the merge that makes it, and by the confirmation right after, before anybody else has it.

    var id: String
    var node: String
    var detection: Detection
    var first: Timestamp
    var last: Timestamp
    var count: Int
    /// It holds; else it happened.
    var isState: Bool
    /// When the state itself was last seen, whatever events came later.
    var seen: Timestamp?
    var condition = ""
    var resolvedAt: Timestamp?
    var isDemo = false
    var evidence: [Evidence]
    var table: ReportTable
    /// The workload at the top, for findings about pods and what hangs on them.
    var owner: ObjectReference?
    /// Of the object: pod, node or workload.
    var labels: [String: String] = [:]
    /// API Warning events that are evidence; each has a row of its own name.
    var events: [CheckFinding.EventRow] = []
    /// An agent has seen it too.
    var hasAgent = false
    /// Who has taken note of it.
    var acknowledgedBy: String?

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
    var key: String { keyParts.joined(separator: "\u{1F}") }

    var keyParts: [String] {
        let object = detection.object
        return [detection.check, object.kind, object.namespace, object.name, detection.subject]
    }
}

extension MergedFinding: Equatable {
    static func == (a: MergedFinding, b: MergedFinding) -> Bool {
        a === b
            || a.id == b.id && a.node == b.node && a.detection == b.detection && a.first == b.first && a.last == b.last
                && a.count == b.count && a.isState == b.isState && a.seen == b.seen && a.condition == b.condition
                && a.resolvedAt == b.resolvedAt && a.isDemo == b.isDemo && a.evidence == b.evidence
                && a.table == b.table && a.owner == b.owner && a.labels == b.labels && a.events == b.events
                && a.hasAgent == b.hasAgent && a.acknowledgedBy == b.acknowledgedBy
    }
}

/// What could not be looked at, on one node or somewhere in the cluster.
struct MergedGap: Equatable, Hashable, Sendable {
    var check: String
    /// The sampler, probe or log source; empty for the cluster's side.
    var source: String
    /// A node's name; else `scope` says where.
    var node: String
    var scope: String
    var reason: UnobservedReason
    var since: Timestamp?
    var detail: String
}

/// What is known of a node beside its findings: for headers, common factors and blast radius.
struct NodeFacts: Equatable, Sendable {
    var isReady = true
    var isLeaving = false
    /// `pool`, `zone`, `instance`, `kernel`, `os`, `kubelet`, `runtime`, in this order where known.
    var factors: [Factor] = []
    var podCount = 0
    /// Conditions that no check judges, as `Type=Status`.
    var otherConditions: [String] = []
    var labels: [String: String] = [:]

    struct Factor: Hashable, Sendable {
        var name: String
        var value: String
    }
}

/// A workload's pods, as far as incidents count them.
struct WorkloadFacts: Equatable, Sendable {
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
struct MergedState: Equatable, Sendable {
    var generatedAt: Timestamp
    /// The kubeconfig's context or the node's name.
    var clusterName: String
    var clusterVersion = ""
    var hasCluster = false
    var hasAgents = false
    /// When the API was last read.
    var scannedAt: Timestamp?
    var nodes: [String: NodeFacts] = [:]
    var workloads: [ObjectReference: WorkloadFacts] = [:]
    var agents: [Snapshot.Node] = []
    var silent: Set<String> = []
    var findings: [MergedFinding] = []
    var resolved: [MergedFinding] = []
    var gaps: [MergedGap] = []
    var outcomes: [String: OutcomeCount] = [:]
    /// Hidden by overrides.
    var silenced: [MergedFinding] = []
    var expiredOverrides: [OverrideSet.Entry] = []
    var dropped = 0
    /// For the header: what was limited and why.
    var notes: [String] = []
    /// Best practice of workloads, apart from what is broken now.
    var practice = PracticeState()
    /// Files and objects that were audited in place of a cluster.
    var manifests: ManifestCounts?
}
