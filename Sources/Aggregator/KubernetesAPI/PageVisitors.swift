/// Provides the visitor of each list: the seam between reading a cluster and other uses of its objects.
package protocol PageVisitors: Sendable {
    /// nil: objects of this kind are not visited.
    func visitor(of kind: ClusterKind) -> (any PageVisitor)?
    /// Kinds beside the cluster's own that are listed for the visitors alone.
    var otherKinds: [GroupKind] { get }
    /// - Parameter served: the kind as the API server names it.
    func visitor(ofOther kind: GroupKind, served: GroupKind) -> any PageVisitor
    /// A kind of `otherKinds` that could not be listed at all.
    func failed(_ kind: GroupKind, _ problem: APIError)
}
