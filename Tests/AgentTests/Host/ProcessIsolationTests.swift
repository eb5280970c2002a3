import Foundation
import Synchronization
import Testing

@testable import Host
@testable import Platform

/// What a taken-over agent could open of another process of its user. A domain is a thread's own, so that one of the
/// test's threads stands for the agent, with all of root's capabilities where the test has them.
@Suite struct ProcessIsolationTests {
    /// Of `/proc/<pid>`: environment, file system, memory, open files.
    private static let secret = [
        "environ", "root/etc/passwd", "cwd/secret", "maps", "smaps", "mem", "exe", "fd/0", "io", "auxv",
    ]
    private static let open = ["stat", "status", "cmdline"]

    private final class Seen: Sendable {
        let before = Mutex<[String]>([])
        let after = Mutex<[String]>([])
        let problem = Mutex<SystemError?>(nil)
    }

    private static func readable(_ pid: Int32, _ names: [String]) -> [String] {
        names.filter { name in
            guard let handle = FileHandle(forReadingAtPath: "/proc/\(pid)/\(name)") else { return false }
            // Some can be opened and not read.
            if name == "mem" { return true }
            return ((try? handle.read(upToCount: 1)) ?? nil)?.isEmpty == false
        }
    }

    @Test func nothingOfAnotherProcessCanBeOpened() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "isolation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("token".utf8).write(to: folder.appending(path: "secret"))
        let victim = Process()
        victim.executableURL = URL(filePath: "/bin/sleep")
        victim.arguments = ["60"]
        victim.environment = ["DB_PASSWORD": "hunter2"]
        victim.currentDirectoryURL = folder
        victim.standardInput = FileHandle(forReadingAtPath: "/etc/passwd")
        try victim.run()
        defer { victim.terminate() }
        let pid = victim.processIdentifier
        let seen = Seen()
        await NativeThread.run {
            seen.before.withLock { $0 = Self.readable(pid, Self.secret) }
            do throws(SystemError) { try ProcessIsolation.enter() } catch { seen.problem.withLock { $0 = error } }
            seen.after.withLock { $0 = Self.readable(pid, Self.secret + Self.open) }
        }
        if let problem = seen.problem.withLock({ $0 }) {
            print("skipped: this kernel or user has no Landlock: \(problem)")
            return
        }
        #expect(seen.before.withLock { $0 }.contains("environ"), "a process of one's own user is readable otherwise")
        #expect(seen.after.withLock { $0 } == Self.open)
    }
}
