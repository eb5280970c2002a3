/// What the aggregator holds, as `report` reads it: `GET /v1/snapshot`.
public struct Snapshot: Codable, Sendable, Equatable {
    public struct Node: Codable, Sendable, Equatable {
        public var name: String
        public var bootID: String
        public var firstHeard: Timestamp
        public var lastHeard: Timestamp
        public var vitals: Vitals

        public init(name: String, bootID: String, firstHeard: Timestamp, lastHeard: Timestamp, vitals: Vitals) {
            self.name = name
            self.bootID = bootID
            self.firstHeard = firstHeard
            self.lastHeard = lastHeard
            self.vitals = vitals
        }
    }

    public struct NodeObservation: Codable, Sendable, Equatable {
        public var node: String
        public var observation: Observation

        public init(node: String, observation: Observation) {
            self.node = node
            self.observation = observation
        }
    }

    public var generatedAt: Timestamp
    public var startedAt: Timestamp
    public var storeID: String
    public var nodes: [Node]
    public var findings: [Finding]
    public var observations: [NodeObservation]
    /// Findings that did not fit since the store was made.
    public var dropped: Int
    /// What became different on nodes, the oldest first; nil: from an aggregator that does not keep it.
    public var changes: [NodeChange]?

    public init(
        generatedAt: Timestamp, startedAt: Timestamp, storeID: String, nodes: [Node], findings: [Finding],
        observations: [NodeObservation], dropped: Int, changes: [NodeChange] = []
    ) {
        self.generatedAt = generatedAt
        self.startedAt = startedAt
        self.storeID = storeID
        self.nodes = nodes
        self.findings = findings
        self.observations = observations
        self.dropped = dropped
        self.changes = changes
    }
}

/// A version on a node that became another one. The API says only what is; the aggregator remembers what was.
public struct NodeChange: Codable, Sendable, Equatable {
    public var node: String
    /// `kernel`, `os`, `kubelet` or `runtime`.
    public var what: String
    public var old: String
    public var new: String
    /// When the aggregator saw it.
    public var time: Timestamp

    public init(node: String, what: String, old: String, new: String, time: Timestamp) {
        self.node = node
        self.what = what
        self.old = old
        self.new = new
        self.time = time
    }
}
