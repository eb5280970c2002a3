import CheckModel
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

extension ObservationGap {
    /// - Parameter node: the node that the gap's scope names; empty: it names none.
    init(_ gap: CheckGap, node: String) {
        self.init(
            check: gap.check, source: "", node: node, scope: gap.scope, reason: gap.reason, since: nil,
            detail: gap.detail)
    }
}
