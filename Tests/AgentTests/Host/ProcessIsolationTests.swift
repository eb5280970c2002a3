import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Host
@testable import Platform

/// `capset(2)` for the calling thread; glibc has the function and no header for it.
@_silgen_name("capset") private func capset(_ header: UnsafeRawPointer, _ data: UnsafeRawPointer) -> Int32
/// `prctl(2)`, which Swift does not import because its arguments vary.
@_silgen_name("prctl") private func control(_ option: Int32, _ a: UInt, _ b: UInt, _ c: UInt, _ d: UInt) -> Int32

/// What a taken-over agent could open of another process of its user that has no capabilities either, as a pod with
/// `runAsUser: 0` and `drop: [ALL]`. Capabilities and a domain are a thread's own, so that one of the test's threads
/// stands for the agent.
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
        victim.executableURL = URL(filePath: "/usr/bin/setpriv")
        victim.arguments = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "/bin/sleep", "60"]
        victim.environment = ["DB_PASSWORD": "hunter2"]
        victim.currentDirectoryURL = folder
        victim.standardInput = FileHandle(forReadingAtPath: "/etc/passwd")
        try victim.run()
        defer { victim.terminate() }
        let pid = victim.processIdentifier
        // Until it is another program, it shares this one's memory.
        #expect(
            await eventually {
                FileManager.default.contents(atPath: "/proc/\(pid)/cmdline").map {
                    $0.starts(with: Data("/bin/sleep".utf8))
                } == true
            })
        let seen = Seen()
        await NativeThread.run {
            // Version 3 of the header, and no set of any capability.
            let header: [UInt32] = [0x2008_0522, 0]
            let none = [UInt32](repeating: 0, count: 6)
            // PR_SET_NO_NEW_PRIVS, as `allowPrivilegeEscalation: false` sets it.
            guard capset(header, none) == 0, control(38, 1, 0, 0, 0) == 0 else { return }
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
