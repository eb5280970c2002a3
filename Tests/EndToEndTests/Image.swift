import Foundation
import TestSupport

/// The image archive that `make image` made, unpacked.
enum Image {
    static let archive = Repository.root.path + "/.build/kubeeye-image.tar"

    static let isThere: Bool = {
        let isThere = FileManager.default.fileExists(atPath: archive) && geteuid() == 0
        if !isThere { print("skipped: no .build/kubeeye-image.tar (make image), or not root: the image is not run") }
        return isThere
    }()

    /// Its file system in a folder, read as an OCI layout: index, manifest, layer.
    static func unpack(into folder: TemporaryFolder) throws -> String {
        let layout = folder.path + "/oci"
        let root = folder.path + "/image"
        for path in [layout, root] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        _ = try Child.run(["/usr/bin/tar", "-C", layout, "-xf", archive])
        func object(_ path: String) throws -> [String: Any] {
            let data = try Data(contentsOf: URL(filePath: layout + "/" + path))
            return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        }
        func blob(_ descriptor: Any?) -> String {
            let digest = (descriptor as? [String: Any])?["digest"] as? String ?? ""
            return "blobs/sha256/" + digest.dropFirst("sha256:".count)
        }
        let index = try object("index.json")
        let manifest = try object(blob((index["manifests"] as? [Any])?.first))
        for layer in manifest["layers"] as? [Any] ?? [] {
            let path = layout + "/" + blob(layer)
            // A digest is its content's, or the archive is not what it says.
            let (_, sum) = try Child.run(["/usr/bin/sha256sum", path])
            guard path.hasSuffix(sum.prefix(64)) else { throw CocoaError(.fileReadCorruptFile) }
            let (status, output) = try Child.run(["/usr/bin/tar", "-C", root, "-xzf", path])
            guard status == 0 else { throw ControlPlane.Failure(description: output) }
        }
        return root
    }
}
