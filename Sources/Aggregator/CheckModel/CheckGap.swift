import Shared

/// What could not be looked at.
struct CheckGap: Sendable, Equatable, Hashable {
    var check: String
    /// `cluster`, a node's name, a namespace.
    var scope: String
    var reason: UnobservedReason
    var detail: String
}
