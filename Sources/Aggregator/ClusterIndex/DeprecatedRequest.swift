import KubernetesAPI
import Platform

/// An API that clients still ask for and that will be gone (`apiserver_requested_deprecated_apis`).
package struct DeprecatedRequest: Sendable, Equatable {
    package var group: String
    package var version: String
    package var resource: String
    /// `1.25`
    package var removedRelease: String
}
