import Foundation
import Synchronization

/// Standard output for a report that comes in pieces from another program.
final class ReportOutput: Sendable {
    private struct State {
        var filter: TerminalFilter
        var hasWritten = false
        var problem: String?
    }

    private let state: Mutex<State>
    private let handle: FileHandle

    init(allowsColours: Bool, handle: FileHandle = .standardOutput) {
        self.handle = handle
        state = Mutex(State(filter: TerminalFilter(allowsColours: allowsColours)))
    }

    /// Whether something was written, so that another source would print a second report below it.
    var hasWritten: Bool { state.withLock { $0.hasWritten } }
    /// Why nothing more can be written; nil: it can.
    var problem: String? { state.withLock { $0.problem } }

    /// Blocks until standard output takes it, which holds the sender up too.
    /// - Returns: false: nothing more can be written.
    func write(_ piece: [UInt8]) -> Bool {
        state.withLock { state in
            state.hasWritten = true
            return Self.write(state.filter.filter(piece), to: handle, &state)
        }
    }

    /// The line break behind the last piece.
    func end() { _ = write([0x0A]) }

    private static func write(_ bytes: [UInt8], to handle: FileHandle, _ state: inout State) -> Bool {
        do {
            try handle.write(contentsOf: Data(bytes))
            return true
        } catch {
            state.problem = "\(error)"
            return false
        }
    }
}
