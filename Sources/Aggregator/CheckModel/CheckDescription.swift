import Shared

/// What people are told of a check, and what it reads. `checks list`, `checks explain`, the reference and the RBAC
/// rules are made from it.
@dynamicMemberLookup
struct CheckDescription: Sendable {
    let entry: CheckEntry
    /// What it cannot do without; a kind that could not be read makes the check unobserved.
    var needs: [ClusterKind] = []
    /// What it reads where it is there.
    var alsoReads: [ClusterKind] = []

    subscript<Value>(dynamicMember path: KeyPath<CheckEntry, Value>) -> Value { entry[keyPath: path] }
}
