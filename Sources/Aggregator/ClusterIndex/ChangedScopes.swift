/// Parts of a cluster in which something changed.
package struct ChangedScopes: Sendable, Equatable {
    package private(set) var isEverything = false
    package private(set) var scopes: Set<ClusterScope> = []
    /// Keys (`RecordKey`) of pods that changed: agents of other nodes may have named them.
    package private(set) var mentioned: Set<Int> = []

    package init(isEverything: Bool = false) { self.isEverything = isEverything }

    package var isEmpty: Bool { !isEverything && scopes.isEmpty }

    package mutating func insert(_ scope: ClusterScope) { if !isEverything { scopes.insert(scope) } }

    mutating func insert(mentioned key: Int) { if !isEverything { mentioned.insert(key) } }

    package mutating func insert(_ more: some Sequence<ClusterScope>) { for scope in more { insert(scope) } }

    package mutating func insert(_ other: ChangedScopes) {
        if other.isEverything { return insertEverything() }
        insert(other.scopes)
        if !isEverything { mentioned.formUnion(other.mentioned) }
    }

    package mutating func insertEverything() {
        isEverything = true
        scopes = []
        mentioned = []
    }
}
