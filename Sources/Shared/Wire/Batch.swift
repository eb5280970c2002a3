package import Findings
package import Platform

/// What an agent sends: the findings of each log source between two positions, and absolute states.
///
/// Version 1. A number that grows only when an old reader would misread; new optional fields do not change it.
package struct Batch: Codable, Sendable, Equatable {
    package static let version = 1
    /// Size of the encoded batch.
    package static let bytesMax = 1 << 20
    /// Occurrences and states together.
    package static let findingsMax = 500
    package static let observationsMax = 500
    /// Sources of one agent.
    package static let sourcesMax = 64
    /// A position's length in bytes.
    package static let positionBytesMax = 1024

    package struct Source: Codable, Sendable, Equatable {
        package var source: String
        /// The committed position that these findings follow; nil at the first start.
        package var from: String?
        /// Everything completed at or before it is in this batch or an earlier one.
        package var to: String?
        /// The oldest record that an open window, `with` candidate or threshold still needs; nil: `to`.
        package var resume: String?
        package var occurrences: [Occurrence]

        package init(source: String, from: String?, to: String?, resume: String?, occurrences: [Occurrence]) {
            self.source = source
            self.from = from
            self.to = to
            self.resume = resume
            self.occurrences = occurrences
        }
    }

    package var version: Int
    package var node: String
    package var agentID: String
    /// When this agent process started by its wall clock, in microseconds; orders the batches of agents that do not
    /// say `startedAfterBoot`.
    package var epoch: Int64
    package var sequence: Int64
    /// When this agent process started, in microseconds since the boot; with `bootID` and `sequence` it orders batches
    /// whatever the wall clock does. nil: from an agent that does not say.
    package var startedAfterBoot: Int64?
    package var bootID: String
    package var sentAt: Timestamp
    package var sources: [Source]
    package var states: [StateReport]
    /// nil: unchanged since the last batch that carried them; else all there are.
    package var observations: [Observation]?
    package var vitals: Vitals

    package init(
        node: String, agentID: String, epoch: Int64, sequence: Int64, bootID: String, sentAt: Timestamp,
        sources: [Source], states: [StateReport], observations: [Observation]?, vitals: Vitals,
        startedAfterBoot: Int64? = nil
    ) {
        self.startedAfterBoot = startedAfterBoot
        version = Self.version
        self.node = node
        self.agentID = agentID
        self.epoch = epoch
        self.sequence = sequence
        self.bootID = bootID
        self.sentAt = sentAt
        self.sources = sources
        self.states = states
        self.observations = observations
        self.vitals = vitals
    }
}
