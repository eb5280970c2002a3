package import Foundation

/// The project's own files.
package enum Repository {
    package static let root: URL = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Paths of the files below a folder, from the root, sorted.
    package static func files(under folder: String) -> [String] {
        let top = root.appending(path: folder)
        let found =
            FileManager.default.enumerator(at: top, includingPropertiesForKeys: [.isRegularFileKey])?
            .compactMap { $0 as? URL } ?? []
        return found.filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
            .map { folder + $0.path.dropFirst(top.path.count) }.sorted()
    }

    package static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The Swift sources below a folder.
    package static func swiftFiles(under folder: String) throws -> [(path: String, text: String)] {
        try files(under: folder).filter { $0.hasSuffix(".swift") }.map { ($0, try text($0)) }
    }
}
