package import Platform

/// Whether a part of the agent observed its object, and why not otherwise. Absolute, like `StateReport`.
package struct Observation: Codable, Sendable, Equatable {
    package enum Outcome: String, Codable, Sendable { case finding, healthy, unobserved }

    /// Catalogue id, or the source's or sampler's id where no check stands for it.
    package var check: String
    /// The sampler, probe or log source.
    package var source: String
    package var outcome: Outcome
    package var reason: UnobservedReason?
    package var since: Timestamp
    package var detail: String

    package init(
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
