import Foundation
import KubernetesAPI
package import Platform
import YAML

/// Kubernetes objects in files: YAML of several documents, JSON values one behind the other, lists, folders, standard
/// input.
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
    package private(set) var objectCount = 0
    package var errorCount: Int { problems.count { $0.level == .error } }
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
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return yaml(text, file, lineOffset: 0) }
        let rest = JSONReader.readStream(text) { objects($0, file, lineOffset: 0) }
        guard let rest else { return }
        // Blanks before it keep its column.
        let blanks = Array(repeating: UInt8(ascii: " "), count: rest.mark.column - 1)
        yaml(blanks + text[rest.offset...], file, lineOffset: rest.mark.line - 1)
    }

    private mutating func yaml(_ text: [UInt8], _ file: String, lineOffset: Int) {
        for (chunk, line) in Self.documents(text) {
            let line = line + lineOffset
            do throws(DocumentProblem) {
                for node in try YAMLReader.readAll(Array(chunk), dialect: .kubernetes, nodesMax: Self.nodesMax) {
                    objects(node, file, lineOffset: line)
                }
            } catch {
                report(
                    file, Mark(line: error.mark.line + line, column: error.mark.column),
                    "this document cannot be read: \(error.message)")
            }
        }
    }

    /// Cut at `---` and behind `...`, so that a broken document does not affect the others; with the number of lines
    /// before each. Directives (`%YAML 1.1`) belong to the document that the next `---` starts.
    static func documents(_ text: [UInt8]) -> [(ArraySlice<UInt8>, Int)] {
        var all: [(ArraySlice<UInt8>, Int)] = []
        var start = 0, startLine = 0, line = 0, at = 0
        var hasDirectives = false, hasContent = false
        func cut(before end: Int, nextLine: Int) {
            if end > start { all.append((text[start..<end], startLine)) }
            (start, startLine, hasDirectives, hasContent) = (end, nextLine, false, false)
        }
        while at < text.count {
            let end = text[at...].firstIndex(of: 0x0A) ?? text.count
            let next = min(end + 1, text.count)
            if isMark("---", text[at..<end]) {
                if hasContent || !hasDirectives { cut(before: at, nextLine: line) }
                hasContent = true
            } else if isMark("...", text[at..<end]) {
                cut(before: next, nextLine: line + 1)
            } else if let first = text[at..<end].first(where: { $0 > 0x20 }) {
                if first == UInt8(ascii: "%"), text[at] == first, !hasContent {
                    hasDirectives = true
                } else if first != UInt8(ascii: "#") {
                    hasContent = true
                }
            }
            line += 1
            at = end + 1
        }
        if start < text.count { all.append((text[start...], startLine)) }
        return all
    }

    private static func isMark(_ mark: String, _ line: ArraySlice<UInt8>) -> Bool {
        guard line.starts(with: mark.utf8) else { return false }
        return line.count == 3 || [0x20, 0x09, 0x0D].contains(line[line.startIndex + 3])
    }

    /// What an item of a list is where it does not say so: `kubectl get --raw` leaves that out.
    private struct ListType {
        var apiVersion: Node?
        var kind: String
    }

    private mutating func objects(
        _ node: Node, _ file: String, lineOffset: Int, depth: Int = 0, of list: ListType? = nil
    ) {
        if node.value == .null { return }
        let mark = Mark(line: node.mark.line + lineOffset, column: node.mark.column)
        if let items = node.items, depth == 0 {
            // A JSON array of objects.
            for item in items { objects(item, file, lineOffset: lineOffset, depth: 1) }
            return
        }
        guard let pairs = node.pairs else {
            return report(file, mark, "a Kubernetes object is expected, this is \(node.kindName)")
        }
        guard let kind = Self.kind(of: node) ?? list?.kind else {
            return report(file, mark, "this is not a Kubernetes object: it has no kind", level: .warning)
        }
        var node = node
        if let list, Self.kind(of: node) == nil {
            let type = [("apiVersion", list.apiVersion), ("kind", Node(.string(kind), mark: node.mark))]
            node = Node(
                .mapping(
                    pairs
                        + type.compactMap { key, value in value.map { .init(key: key, keyMark: node.mark, value: $0) } }
                ),
                mark: node.mark)
        }
        if kind.hasSuffix("List"), let all = node["items"], all.items != nil || all.value == .null {
            if depth > Self.listsMax { return report(file, mark, "lists are nested deeper than \(Self.listsMax)") }
            let type = kind == "List" ? nil : ListType(apiVersion: node["apiVersion"], kind: String(kind.dropLast(4)))
            for item in all.items ?? [] {
                objects(item, file, lineOffset: lineOffset, depth: depth + 1, of: type)
            }
            return
        }
        let group = GroupKind.group(ofVersion: node["apiVersion"]?.string ?? "")
        objectCount += 1
        onObject(
            Object(
                kind: GroupKind(group: group, kind: kind), node: node,
                origin: ManifestOrigin(file: file, node: node, lineOffset: lineOffset)))
    }

    private static func kind(of node: Node) -> String? {
        guard let kind = node["kind"]?.string, !kind.isEmpty else { return nil }
        return kind
    }
}
