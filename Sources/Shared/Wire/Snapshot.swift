package import Findings
package import Platform

/// What the aggregator holds, as `report` reads it: `GET /v1/snapshot`.
package struct Snapshot: Codable, Sendable, Equatable {
    package struct Node: Codable, Sendable, Equatable {
        package var name: String
        package var bootID: String
        package var firstReport: Timestamp
        package var lastReport: Timestamp
        package var vitals: Vitals

        private enum CodingKeys: String, CodingKey {
            case name, bootID, vitals
            case firstReport = "firstHeard"
            case lastReport = "lastHeard"
        }

        package init(name: String, bootID: String, firstReport: Timestamp, lastReport: Timestamp, vitals: Vitals) {
            self.name = name
            self.bootID = bootID
            self.firstReport = firstReport
            self.lastReport = lastReport
            self.vitals = vitals
        }
    }

    package struct NodeObservation: Codable, Sendable, Equatable {
        package var node: String
        package var observation: Observation

        package init(node: String, observation: Observation) {
            self.node = node
            self.observation = observation
        }
    }

    /// A store that was damaged and replaced by an empty one.
    package struct StoreLoss: Codable, Sendable, Equatable {
        /// How long a report says it: agents have sent their last 24 hours again by then.
        package static let shownSeconds = Seconds.perDay

        /// When it was found.
        package var time: Timestamp
        package var reason: String

        package init(time: Timestamp, reason: String) {
            self.time = time
            self.reason = reason
        }
    }

    /// What is missing of what the store once held.
    package struct Missing: Equatable, Sendable {
        package var leftOut = 0
        package var unreadable = 0
        package var loss: StoreLoss?

        package init(leftOut: Int = 0, unreadable: Int = 0, loss: StoreLoss? = nil) {
            self.leftOut = leftOut
            self.unreadable = unreadable
            self.loss = loss
        }
    }

    package var generatedAt: Timestamp
    package var startedAt: Timestamp
    package var storeID: String
    package var nodes: [Node]
    package var findings: [Finding]
    package var observations: [NodeObservation]
    /// Findings that did not fit since the store was made.
    package var dropped: Int
    /// What became different on nodes, the oldest first; nil: from an aggregator that does not keep it.
    package var changes: [NodeChange]?
    /// Findings that were left out because one answer would have become too large; nil: none.
    package var leftOut: Int?
    /// Rows of the store that could not be read; nil: none.
    package var unreadable: Int?
    /// Within the last day; nil: none.
    package var loss: StoreLoss?

    package var missing: Missing { Missing(leftOut: leftOut ?? 0, unreadable: unreadable ?? 0, loss: loss) }

    package init(
        generatedAt: Timestamp, startedAt: Timestamp, storeID: String, nodes: [Node], findings: [Finding],
        observations: [NodeObservation], dropped: Int, changes: [NodeChange] = [],
        leftOut: Int? = nil, unreadable: Int? = nil, loss: StoreLoss? = nil
    ) {
        self.loss = loss
        self.leftOut = leftOut
        self.unreadable = unreadable
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
