package import Platform

/// A state that holds or has ended: absolute, so that receiving it twice changes nothing.
package struct StateReport: Codable, Sendable, Equatable {
    package var detection: Detection
    package var isActive: Bool
    /// Since when it holds, or held.
    package var since: Timestamp
    /// The last time it was seen to hold, or when it ended.
    package var last: Timestamp
    /// The node condition that it sets, `KernelDeadlock`; empty for plain measurements.
    package var condition: String
    /// Who may end it: a sampler's or probe's id, or `rules`.
    package var owner: String
    /// The boot in which it was seen; a state of an earlier boot has ended.
    package var bootID: String
    /// When it ends by age, or nil.
    package var expires: Timestamp?
    package var evidence: [Evidence]

    package init(
        _ detection: Detection, isActive: Bool = true, since: Timestamp, last: Timestamp, condition: String = "",
        owner: String, bootID: String, expires: Timestamp? = nil, evidence: [Evidence] = []
    ) {
        self.detection = detection
        self.isActive = isActive
        self.since = since
        self.last = last
        self.condition = condition
        self.owner = owner
        self.bootID = bootID
        self.expires = expires
        self.evidence = evidence
    }

    /// Equal keys are one state: what agent and store know it by. A condition differs from a plain state at the
    /// same object.
    package var key: String { Self.key(condition: condition, detection: detection.key) }

    /// - Parameter detection: `Detection.key`.
    package static func key(condition: String, detection: String) -> String {
        condition.isEmpty ? detection : "condition:" + condition + ":" + detection
    }
}
