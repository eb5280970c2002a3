/// One rule of a role in Kubernetes' RBAC (kubernetes.io/docs/reference/access-authn-authz/rbac).
package struct AccessRule: Equatable, Sendable {
    package var groups: [String]
    package var resources: [String]
    /// Objects by name; empty: all.
    package var names: [String] = []
    package var verbs: [String]
    /// A comment in the manifest.
    package var why: String

    package init(groups: [String], resources: [String], names: [String] = [], verbs: [String], why: String) {
        self.groups = groups
        self.resources = resources
        self.names = names
        self.verbs = verbs
        self.why = why
    }
}
