import KubernetesAPI
import Synchronization

/// Decodes the body of a watch line by line, and keeps the version to resume from
/// (kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
final class WatchDecoder: Sendable {
    enum Change: Sendable { case set, remove, bookmark }

    /// One object; a longer line ends the watch.
    static let lineBytesMax = 64 << 20

    private struct State: Sendable {
        var version: String
        var line: [UInt8] = []
        var mustRelist = false
    }

    private let state: Mutex<State>
    private let onChange: @Sendable (Change, JSONValue) -> Void

    init(version: String, onChange: @escaping @Sendable (Change, JSONValue) -> Void) {
        state = Mutex(State(version: version))
        self.onChange = onChange
    }

    var version: String { state.withLock { $0.version } }
    /// The resource version is gone, or a line could not be decoded.
    var mustRelist: Bool { state.withLock { $0.mustRelist } }

    /// - Returns: whether to go on.
    func receive(_ piece: [UInt8]) -> Bool {
        var rest = piece[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            var line = state.withLock { state in
                defer { state.line = [] }
                return state.line + rest[..<end]
            }
            rest = rest[(end + 1)...]
            if !line.isEmpty, !read(&line) {
                state.withLock { $0.mustRelist = true }
                return false
            }
        }
        return state.withLock { state in
            state.line += rest
            if state.line.count > Self.lineBytesMax { state.mustRelist = true }
            return !state.mustRelist
        }
    }

    private func read(_ line: inout [UInt8]) -> Bool {
        guard let document = try? JSONDocument(parsing: &line), let object = document.root["object"] else {
            return false
        }
        let type = document.root["type"]
        if let version = object["metadata"]?["resourceVersion"]?.string, !version.isEmpty {
            state.withLock { $0.version = version }
        }
        if type?.equals("ADDED") == true || type?.equals("MODIFIED") == true {
            onChange(.set, object)
        } else if type?.equals("DELETED") == true {
            onChange(.remove, object)
        } else if type?.equals("BOOKMARK") == true {
            onChange(.bookmark, object)
        } else {
            // ERROR, mostly 410; or a word of a later version.
            return false
        }
        return true
    }
}
