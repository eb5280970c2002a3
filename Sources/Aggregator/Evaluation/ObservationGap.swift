package import Findings
package import Platform

/// What was not observed, on one node or somewhere in the cluster.
package struct ObservationGap: Equatable, Hashable, Sendable {
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
