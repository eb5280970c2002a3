import Findings
package import KubernetesAPI
import Platform

/// What is kept of one API object: only what a check or the merge reads.
package protocol ClusterRecord: Sendable {
    var namespace: String { get }
    var name: String { get }
    /// nil when it is not an object with a name.
    init?(_ object: JSONValue, _ texts: inout TextInterner)
}

extension ClusterRecord {
    /// A seeded hash: names are untrusted, and must not be made to collide.
    static func key(_ namespace: String, _ name: String) -> Int {
        var hasher = Hasher()
        hasher.combine(namespace)
        hasher.combine(name)
        return hasher.finalize()
    }
}
