import Findings

/// Hashes of what a finding may have in common with others, by which partners are looked up. Seeded, because users
/// choose the names. Made once: findings outlive many evaluations.
struct FindingPlaces: Sendable {
    let object: Int
    /// The object itself where it has no owner.
    let owner: Int
    /// 0: none.
    let node: Int
    /// 0: none.
    let namespace: Int

    init(_ finding: EvaluatedFinding.Content) {
        let about = finding.detection.object
        object = Self.hash(about)
        owner = finding.owner.map { Self.hash($0) } ?? object
        node = finding.node.isEmpty ? 0 : Self.hash(finding.node)
        let name = about.kind == "Namespace" ? about.name : about.namespace
        namespace = name.isEmpty ? 0 : Self.hash(name)
    }

    static func hash(_ text: String) -> Int {
        var hasher = Hasher()
        hasher.combine(text)
        return hasher.finalize()
    }

    static func hash(_ object: ObjectReference) -> Int {
        var hasher = Hasher()
        hasher.combine(object.kind)
        hasher.combine(object.namespace)
        hasher.combine(object.name)
        return hasher.finalize()
    }
}
