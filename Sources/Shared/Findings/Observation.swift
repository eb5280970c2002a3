/// Whether a part of the agent could look, and if not, why. Absolute, like `StateReport`.
public struct Observation: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable { case finding, healthy, unobserved }

    /// Catalogue id, or the source's or sampler's id where no check stands for it.
    public var check: String
    /// The sampler, probe or log source.
    public var source: String
    public var outcome: Outcome
    public var reason: UnobservedReason?
    public var since: Timestamp
    public var detail: String

    public init(
        check: String, source: String, outcome: Outcome, reason: UnobservedReason? = nil, since: Timestamp,
        detail: String = ""
    ) {
        self.check = check
        self.source = source
        self.outcome = outcome
        self.reason = reason
        self.since = since
        self.detail = detail
    }
}
