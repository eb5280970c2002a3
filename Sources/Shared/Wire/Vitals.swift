import Findings
import Platform

/// The agent's own health; sent with every batch.
package struct Vitals: Codable, Sendable, Equatable {
    package var agentVersion = ""
    package var kernel = ""
    package var osImage = ""
    package var rulesDigest = ""
    package var ruleCount = 0
    /// Of the users' rule files alone, as `rules push` computes it; nil: an agent from before there was one.
    package var userRulesDigest: String?
    /// Of the last `Instructions` that took effect; nil: none.
    package var instructionsDigest: String?
    package var residentBytes: Int64 = 0
    package var cpuSeconds = 0.0
    package var linesRead: Int64 = 0
    package var linesMatched: Int64 = 0
    package var linesTruncated: Int64 = 0
    package var findingsDropped: Int64 = 0

    package init() {}
}
