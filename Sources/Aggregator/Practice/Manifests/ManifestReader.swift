import Foundation
import KubernetesAPI
package import Platform
import YAML

/// Kubernetes objects in files: YAML of several documents, JSON, `kind: List`, folders, standard input.
package struct ManifestReader {
    struct Object {
        var kind: GroupKind
        var node: Node
        var origin: ManifestOrigin
    }

    static let fileBytesMax = 256 << 20
    /// Values of one document, aliases expanded.
    static let nodesMax = 20_000_000
    static let foldersMax = 32
    static let listsMax = 8
    static let endings = [".yaml", ".yml", ".json"]

    private(set) var problems: [DocumentProblem] = []
    private(set) var files = 0
    private let onObject: (Object) -> Void

    /// - Parameter onObject: each object as it is read; nothing is kept.
    init(onObject: @escaping (Object) -> Void) { self.onObject = onObject }

    /// - Parameter path: a file, a folder, or `-` for standard input.
    package mutating func read(path: String) throws(SystemError) {
        if path == "-" {
            return read(text: try Self.standardInput(), file: "stdin")
        }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            return try folder(path, depth: 0)
        }
        read(text: try Files.read(path, bytesMax: Self.fileBytesMax), file: path)
    }

    /// - Throws: `EFBIG` for more than `fileBytesMax`.
    private static func standardInput() throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= fileBytesMax {
            let more: Data?
            do { more = try FileHandle.standardInput.read(upToCount: 1 << 20) } catch {
                throw SystemError(call: "read", path: "stdin", code: EIO)
            }
            guard let more, !more.isEmpty else { return bytes }
            bytes += more
        }
        throw SystemError(call: "read", path: "stdin", code: EFBIG)
    }

    private mutating func folder(_ path: String, depth: Int) throws(SystemError) {
        for name in try Files.names(in: path) where !name.hasPrefix(".") {
            let child = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: child, isDirectory: &isFolder) else { continue }
            if isFolder.boolValue {
                if depth >= Self.foldersMax {
                    report(child, .start, "folders are nested deeper than \(Self.foldersMax)")
                } else {
                    try folder(child, depth: depth + 1)
                }
            } else if Self.endings.contains(where: { name.hasSuffix($0) }) {
                // The other files are still read.
                do throws(SystemError) {
                    read(text: try Files.read(child, bytesMax: Self.fileBytesMax), file: child)
                } catch {
                    report(child, .start, error.description)
                }
            }
        }
    }

    private mutating func report(_ file: String, _ mark: Mark, _ message: String, level: DocumentProblem.Level = .error)
    {
        problems.append(DocumentProblem(level, file: file, mark: mark, message: message))
    }

    // MARK: Documents

    mutating func read(text: [UInt8], file: String) {
        files += 1
        // A byte order mark, which editors of some systems write.
        let text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text
        let first = text.first { $0 > 0x20 }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            if let node = try? JSONReader.read(text) {
                objects(node, file, lineOffset: 0, depth: 0)
                return
            }
        }
        for (chunk, line) in Self.documents(text) {
            do throws(DocumentProblem) {
                for node in try YAMLReader.readAll(Array(chunk), dialect: .kubernetes, nodesMax: Self.nodesMax) {
                    objects(node, file, lineOffset: line, depth: 0)
                }
            } catch {
                report(
                    file, Mark(line: error.mark.line + line, column: error.mark.column),
                    "this document cannot be read: \(error.message)")
            }
        }
    }

    /// Cut at `---`, so that a broken document does not affect the others; with the number of lines before each.
    static func documents(_ text: [UInt8]) -> [(ArraySlice<UInt8>, Int)] {
        var all: [(ArraySlice<UInt8>, Int)] = []
        var start = 0, startLine = 0, line = 0, at = 0
        while at < text.count {
            let end = text[at...].firstIndex(of: 0x0A) ?? text.count
            let isMark =
                text[at..<end].starts(with: "---".utf8)
                && (end - at == 3 || [0x20, 0x09, 0x0D].contains(text[at + 3]))
            if isMark, at > start {
                all.append((text[start..<at], startLine))
                (start, startLine) = (at, line)
            }
            line += 1
            at = end + 1
        }
        if start < text.count { all.append((text[start...], startLine)) }
        return all
    }

    private mutating func objects(_ node: Node, _ file: String, lineOffset: Int, depth: Int) {
        if node.value == .null { return }
        let mark = Mark(line: node.mark.line + lineOffset, column: node.mark.column)
        if let items = node.items, depth == 0 {
            // A JSON array of objects.
            for item in items { objects(item, file, lineOffset: lineOffset, depth: 1) }
            return
        }
        guard node.pairs != nil else {
            return report(file, mark, "a Kubernetes object is expected, this is \(node.kindName)")
        }
        guard let kind = node["kind"]?.string, !kind.isEmpty else {
            return report(file, mark, "this is not a Kubernetes object: it has no kind", level: .warning)
        }
        if kind.hasSuffix("List"), let items = node["items"]?.items {
            if depth > Self.listsMax { return report(file, mark, "lists are nested deeper than \(Self.listsMax)") }
            for item in items { objects(item, file, lineOffset: lineOffset, depth: depth + 1) }
            return
        }
        let group = GroupKind.group(ofVersion: node["apiVersion"]?.string ?? "")
        onObject(
            Object(
                kind: GroupKind(group: group, kind: kind), node: node,
                origin: ManifestOrigin(file: file, node: node, lineOffset: lineOffset)))
    }
}
