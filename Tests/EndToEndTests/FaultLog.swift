import Foundation
import Glibc
import Synchronization
import TestSupport

/// A log with known lines among healthy ones, its writer, and its rotation in every form. It knows what is to be found.
final class FaultLog: Sendable {
    enum Rotation: CaseIterable {
        /// logrotate's `create`.
        case rename
        case copyAndTruncate
        /// `create`, with a writer that goes on in the renamed file for a while.
        case late
        case twice
        /// With `compress`.
        case gzip
    }

    /// What is to be found: by the subject of a known line, and pairs.
    struct Truth: Equatable {
        var known: [String: Int] = [:]
        var pairs = 0

        var summary: String { "\(known.values.reduce(0, +)) known lines, \(pairs) pairs" }
    }

    private struct State {
        var handle: FileHandle
        /// Where the writer still writes, and for how many lines.
        var late: (handle: FileHandle, lines: Int)?
        var index = 0
        var truth = Truth()
        var isPaused = false
    }

    static let kinds = 25
    static let rules = """
        apiVersion: ke/v1
        kind: LogRules
        source: { file: { path: 'LOG' } }
        rules:
          - { id: known, reason: Known, severity: warning, pattern: 'known failure kind=(?P<kind>\\d+) ', subject: '{kind}' }
          - id: joined
            reason: Joined
            severity: warning
            pattern: 'effect of (?P<id>\\d+)$'
            with: 'cause of (?P<id>\\d+): (?P<why>\\w+)'
            message: 'failure for {why}'
            subject: '{why}'
        """

    let path: String
    private let state: Mutex<State>

    init(_ path: String) throws {
        self.path = path
        state = Mutex(State(handle: try Self.open(path)))
    }

    private static func open(_ path: String) throws -> FileHandle {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    var truth: Truth { state.withLock { $0.truth } }

    func pause(_ isPaused: Bool) { state.withLock { $0.isPaused = isPaused } }

    /// Writes at a rate until it is cancelled.
    func write(linesPerSecond: Int) async throws {
        var pace = Pace(every: .milliseconds(20))
        while true {
            try await pace.next()
            try state.withLock { state in
                if !state.isPaused { try Self.write(linesPerSecond / 50, &state) }
            }
        }
    }

    func burst(_ count: Int) throws { try state.withLock { try Self.write($0.isPaused ? 0 : count, &$0) } }

    private static func write(_ count: Int, _ state: inout State) throws {
        var text = ""
        for _ in 0..<count {
            let index = state.index
            state.index += 1
            switch index % 100 {
            case 50: text += "cause of \(index): disk\n"
            case 53:
                text += "effect of \(index - 3)\n"
                state.truth.pairs += 1
            case let place where place % 8 == 1:
                let kind = String(index / 8 % kinds)
                text += "known failure kind=\(kind) number=\(index)\n"
                state.truth.known[kind, default: 0] += 1
            default: text += "healthy line number \(index) of many\n"
            }
        }
        guard !text.isEmpty else { return }
        if let late = state.late {
            try late.handle.write(contentsOf: Data(text.utf8))
            state.late = late.lines > count ? (late.handle, late.lines - count) : nil
        } else {
            try state.handle.write(contentsOf: Data(text.utf8))
        }
    }

    // MARK: Rotation

    func rotate(_ rotation: Rotation) throws {
        try state.withLock { state in
            switch rotation {
            case .rename: try renameAway(&state)
            case .twice:
                try renameAway(&state)
                try Self.write(40, &state)
                try renameAway(&state)
            case .late:
                state.late = (state.handle, 100)
                try renameAway(&state)
            case .copyAndTruncate:
                state.late = nil
                try shift()
                try FileManager.default.copyItem(atPath: path, toPath: path + ".1")
                try state.handle.truncate(atOffset: 0)
            case .gzip:
                state.late = nil
                try renameAway(&state)
                _ = try Child.run(["/bin/gzip", path + ".1"])
            }
        }
    }

    private func renameAway(_ state: inout State) throws {
        try shift()
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        state.handle = try Self.open(path)
    }

    private func shift() throws {
        let files = FileManager.default
        var number = 1
        while files.fileExists(atPath: "\(path).\(number)") || files.fileExists(atPath: "\(path).\(number).gz") {
            number += 1
        }
        for number in (1..<number).reversed() {
            for ending in ["", ".gz"] where files.fileExists(atPath: "\(path).\(number)\(ending)") {
                try files.moveItem(atPath: "\(path).\(number)\(ending)", toPath: "\(path).\(number + 1)\(ending)")
            }
        }
    }

    /// Writes lines and takes them away again.
    /// - Returns: what is lost.
    func truncateUnread() throws -> Truth {
        try state.withLock { state in
            state.late = nil
            let before = state.truth
            try Self.write(200, &state)
            try state.handle.truncate(atOffset: 0)
            var lost = Truth(pairs: state.truth.pairs - before.pairs)
            for (kind, count) in state.truth.known { lost.known[kind] = count - (before.known[kind] ?? 0) }
            return lost
        }
    }

    /// The first half of a pair whose second never comes: whoever reads it keeps a window open.
    func openWindow() throws {
        try state.withLock { state in
            try (state.late?.handle ?? state.handle).write(contentsOf: Data("cause of x\(state.index): disk\n".utf8))
        }
    }

    /// What was lost, and is known to be, is not wanted any more.
    func correct(to truth: Truth) { state.withLock { $0.truth = truth } }
}
