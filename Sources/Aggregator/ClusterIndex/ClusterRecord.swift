import Findings
package import KubernetesAPI
import Platform

/// What is kept of one API object: only what a check or the merge reads.
package protocol ClusterRecord: Sendable {
    var namespace: String { get }
    var name: String { get }
    /// Keys (`RecordKey`) of the groups that it is in, beside its namespace's.
    func eachGroup(_ visit: (Int) -> Void)
    /// Keys (`RecordKey`) that name it alone, beside its namespace and name.
    func eachAlias(_ visit: (Int) -> Void)
    /// Parts of the cluster that are evaluated by what it says, as the index stands.
    func scopes(in index: ClusterIndex) -> [ClusterScope]
    /// Findings about pods of its namespace name it as their workload.
    static var isOwner: Bool { get }
    /// Parts of all namespaces look it up.
    static var isShared: Bool { get }
    /// Agents' findings may name it, from whatever node.
    static var isMentioned: Bool { get }
    /// nil when it is not an object with a name.
    init?(_ object: JSONValue, _ texts: inout TextInterner)
}

extension ClusterRecord {
    package func eachGroup(_ visit: (Int) -> Void) {}
    package func eachAlias(_ visit: (Int) -> Void) {}
    package func scopes(in index: ClusterIndex) -> [ClusterScope] {
        [namespace.isEmpty ? .controlPlane : .namespace(namespace)]
    }
    package static var isOwner: Bool { false }
    package static var isShared: Bool { false }
    package static var isMentioned: Bool { false }
}
