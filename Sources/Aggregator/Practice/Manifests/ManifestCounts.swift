/// What was audited in place of a cluster.
struct ManifestCounts: Codable, Equatable, Sendable {
    var files: Int
    var objects: Int
}
