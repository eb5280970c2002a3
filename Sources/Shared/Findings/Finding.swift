/// A finding as it is stored: what, where, since when, how often, with its proof.
public struct Finding: Codable, Sendable, Equatable {
    /// Sixteen hexadecimal digits, the same for the same finding as long as it lives.
    public var id: String
    public var node: String
    public var detection: Detection
    public var first: Timestamp
    public var last: Timestamp
    public var count: Int
    /// A state holds while `resolvedAt` is nil; an event (`isState` false) is never resolved, it ages.
    public var isState: Bool
    public var condition: String
    public var resolvedAt: Timestamp?
    public var isDemo: Bool
    public var evidence: [Evidence]

    public init(
        id: String, node: String, detection: Detection, first: Timestamp, last: Timestamp, count: Int, isState: Bool,
        condition: String, resolvedAt: Timestamp?, isDemo: Bool, evidence: [Evidence]
    ) {
        self.id = id
        self.node = node
        self.detection = detection
        self.first = first
        self.last = last
        self.count = count
        self.isState = isState
        self.condition = condition
        self.resolvedAt = resolvedAt
        self.isDemo = isDemo
        self.evidence = evidence
    }
}
