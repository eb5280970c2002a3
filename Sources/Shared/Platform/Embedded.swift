internal import CEmbedded

/// Files of the repository that are built into the programs: `rules/` and `deploy/base`.
package enum Embedded {
    /// Those below a folder, by path, without the folder's part: `Embedded.files(under: "rules/logs/")`.
    ///
    /// Copied each time: an agent needs its rules once, and does not keep the bytes.
    package static func files(under folder: String) -> [(name: String, bytes: [UInt8])] {
        var found: [(String, [UInt8])] = []
        var entry = ke_embedded_files_first()
        while let path = entry?.pointee.path.map({ String(cString: $0) }), let file = entry?.pointee {
            if path.hasPrefix(folder) {
                let bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.length))
                found.append((String(path.dropFirst(folder.count)), bytes))
            }
            entry = entry?.successor()
        }
        return found
    }

    /// One file's content; empty when there is none of this path.
    package static func file(_ path: String) -> [UInt8] { files(under: path).first { $0.name.isEmpty }?.bytes ?? [] }
}
