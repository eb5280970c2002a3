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
    /// nil when it is not an object with a name.
    init?(_ object: JSONValue, _ texts: inout TextInterner)
}

extension ClusterRecord {
    package func eachGroup(_ visit: (Int) -> Void) {}
    package func eachAlias(_ visit: (Int) -> Void) {}
}
