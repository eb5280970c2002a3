package import CheckModel
import Platform
import Practice
import Synchronization

/// Overrides of a file, for one machine without a cluster; read again when the file changes.
package final class OverrideFile: Sendable {
    private struct Contents: Sendable {
        var identity = ""
        var set = OverrideSet()
        var problem: String?
    }

    let path: String
    private let contents = Mutex(Contents())

    package init(path: String) { self.path = path }

    /// The overrides, and what is wrong with the file; with a mistake the last good ones stay.
    package var current: (set: OverrideSet, problem: String?) {
        let identity = Files.identity(path)
        return contents.withLock { contents in
            if contents.identity != identity {
                contents.identity = identity
                read(&contents)
            }
            return (contents.set, contents.problem)
        }
    }

    private func read(_ contents: inout Contents) {
        contents.problem = nil
        guard Files.exists(path) else {
            contents.set = OverrideSet()
            return
        }
        do {
            contents.set = try OverrideSet(try Files.read(path), file: path)
        } catch {
            contents.problem = "overrides: \(error)"
        }
    }
}
