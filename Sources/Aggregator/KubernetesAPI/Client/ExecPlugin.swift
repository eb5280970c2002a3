import HTTP
import Platform
import YAML

/// A `users[].user.exec` entry (kubernetes.io/docs/reference/access-authn-authz/authentication/#configuration).
package struct ExecPlugin: Sendable, Equatable {
    var apiVersion: String
    var command: String
    var arguments: [String]
    var environment: [String: String]
    var installHint: String
    /// The `spec.cluster` that is passed to the plug-in when it asks for it, as JSON.
    var clusterInfo: String?

    static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
}
