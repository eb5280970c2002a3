import Platform

/// Names of checks: ids and aliases.
package struct CheckNames: Sendable {
    private var ids: [String: String] = [:]
    private var names: [String] = []

    package init(_ checks: [(id: String, aliases: [String])]) {
        for (id, aliases) in checks {
            for name in [id] + aliases where ids[name] == nil {
                ids[name] = id
                names.append(name)
            }
        }
    }

    /// The id behind an id or alias.
    package func id(_ name: String) -> String? { ids[name] }

    package func nearest(_ name: String) -> String? { Suggestion.nearest(to: name, among: names) }
}
