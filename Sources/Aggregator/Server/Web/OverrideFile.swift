import CheckModel
import Platform
import Practice
import Synchronization

/// Overrides of a file, for one machine without a cluster; read again when the file changes.
package final class OverrideFile: Sendable {
    private struct Held: Sendable {
        var identity = ""
        var set = OverrideSet()
        var problem: String?
    }

    let path: String
    private let held = Mutex(Held())

    package init(path: String) { self.path = path }

    /// The overrides, and what is wrong with the file; with a mistake the last good ones stay.
    var current: (set: OverrideSet, problem: String?) {
        let identity = Files.identity(path)
        return held.withLock { held in
            if held.identity != identity {
                held.identity = identity
                read(&held)
            }
            return (held.set, held.problem)
        }
    }

    private func read(_ held: inout Held) {
        held.problem = nil
        guard Files.exists(path) else {
            held.set = OverrideSet()
            return
        }
        do {
            held.set = try OverrideSet(try Files.read(path), file: path)
        } catch {
            held.problem = "overrides: \(error)"
        }
    }
}
