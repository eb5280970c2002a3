/// What was audited in place of a cluster.
package struct ManifestCounts: Codable, Equatable, Sendable {
    package var files: Int
    package var objects: Int

    package init(files: Int, objects: Int) {
        self.files = files
        self.objects = objects
    }
}
