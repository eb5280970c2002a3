package import Findings
package import KubernetesAPI

/// A check's texts, and what it reads. `checks list`, `checks explain`, the reference and the RBAC
/// rules are made from it.
@dynamicMemberLookup
package struct CheckDescription: Sendable {
    package let entry: CheckEntry
    /// What it cannot do without; a kind that could not be read makes the check unobserved.
    package var needs: [ClusterKind] = []
    /// What it reads where it is there.
    package var alsoReads: [ClusterKind] = []

    package init(entry: CheckEntry, needs: [ClusterKind] = [], alsoReads: [ClusterKind] = []) {
        self.entry = entry
        self.needs = needs
        self.alsoReads = alsoReads
    }

    package subscript<Value>(dynamicMember path: KeyPath<CheckEntry, Value>) -> Value { entry[keyPath: path] }
}
