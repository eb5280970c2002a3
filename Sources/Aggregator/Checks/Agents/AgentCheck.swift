import ClusterIndex

/// A check that only agents do: what they read lies on the node and not in the API.
///
/// Its entry in the catalogue says everything of it. What agents found and could not see comes in with their own
/// outcomes; the runner says when there are no agents.
struct AgentCheck: ClusterCheck {
    let id: String
    let scopes: ClusterScope.Kinds = []

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {}
}
