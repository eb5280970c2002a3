internal import Glibc
import Host
import Platform
import RuleEngine
import Synchronization

/// Notices changes of rule folders and files.
///
/// The kubelet swaps a mounted ConfigMap by renaming its `..data` link, which inotify(7) reports at once. Where inotify
/// has no watches left, and for what it cannot see, the files' identities are compared every two seconds.
///
/// SAFETY: everything mutable belongs to the watch's own thread, but `isStopped`.
package final class RuleWatch: @unchecked Sendable {
    static let pollMilliseconds: Int32 = 2000
    /// A change is reported when nothing moved for so long, so that half-written files are not read.
    static let settleMilliseconds: Int32 = 150
    static let settleRoundsMax = 6

    private let paths: @Sendable () -> [String]
    private let changed: @Sendable () -> Void
    private let waker = Waker()
    private let isStopped = Atomic(false)
    private var seen: [String] = []

    package init(paths: @escaping @Sendable () -> [String], changed: @escaping @Sendable () -> Void) {
        self.paths = paths
        self.changed = changed
        seen = Self.identities(paths())
    }

    /// - Returns: whether there is a thread to watch on.
    package func start() -> Bool { NativeThread.start { self.run() } }

    package func stop() {
        isStopped.store(true, ordering: .releasing)
        waker.wake()
    }

    private func run() {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        defer { if descriptor >= 0 { close(descriptor) } }
        var watched: Set<String> = []
        while !isStopped.load(ordering: .acquiring) {
            if descriptor >= 0 { watch(descriptor, &watched) }
            waker.wait(for: descriptor >= 0 ? descriptor : nil, milliseconds: Self.pollMilliseconds)
            drain(descriptor)
            var now = Self.identities(paths())
            if now == seen { continue }
            for _ in 0..<Self.settleRoundsMax {
                waker.wait(milliseconds: Self.settleMilliseconds)
                drain(descriptor)
                let again = Self.identities(paths())
                if again == now { break }
                now = again
            }
            seen = now
            changed()
        }
    }

    /// Watches each path and the folder that holds it; one that is not there yet is tried again every round.
    private func watch(_ descriptor: Int32, _ watched: inout Set<String>) {
        let mask = UInt32(
            IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF)
        for path in paths() + [RuleLoader.folder] where !watched.contains(path) {
            if inotify_add_watch(descriptor, path, mask) >= 0 { watched.insert(path) }
        }
    }

    private func drain(_ descriptor: Int32) {
        guard descriptor >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while Glibc.read(descriptor, &buffer, buffer.count) > 0 {}
    }

    /// Name, inode, size and time of change of every rule file, links followed.
    private static func identities(_ paths: [String]) -> [String] {
        paths.flatMap { path -> [String] in
            let names = (try? Files.names(in: path))?.filter { name in
                RuleFolders.endings.contains { name.hasSuffix($0) }
            }
            return (names.map { $0.map { path + "/" + $0 } } ?? [path]).map { file in
                var status = stat()
                guard stat(file, &status) == 0 else { return file }
                return
                    "\(file) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
            }
        }
    }
}
