package import Findings

/// What was not observed.
package struct CheckGap: Sendable, Equatable, Hashable {
    package var check: String
    /// `cluster`, a node's name, a namespace.
    package var scope: String
    package var reason: UnobservedReason
    package var detail: String

    package init(check: String, scope: String, reason: UnobservedReason, detail: String) {
        self.check = check
        self.scope = scope
        self.reason = reason
        self.detail = detail
    }
}
