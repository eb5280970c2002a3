import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import HTTP
@testable import Wire

/// Aggregator and agent as programs, on ports and folders of their own.
final class Rig: @unchecked Sendable {
    // SAFETY: used by one test's task at a time.
    let folder: TemporaryFolder
    let ingestPort = freePort()
    let readPort = freePort()
    var node = "rig"
    var aggregator: Child?
    var agent: Child?
    var agentArguments: [String]
    var agentEnvironment: [String: String] = [:]
    /// Where agents find the aggregator, if not at its own port.
    var agentTarget: Int?
    /// Beside the ports and the state folder.
    var aggregatorArguments: [String] = ["--no-cluster"]
    var aggregatorState: String

    private let http = HTTPClient()

    init(agentArguments: [String]) throws {
        folder = try TemporaryFolder()
        aggregatorState = folder.path + "/aggregator"
        self.agentArguments = agentArguments
    }

    func startAggregator() throws {
        aggregator = try Child(
            [
                Products.aggregator, "serve", "--state-dir", aggregatorState, "--ingest",
                "127.0.0.1:\(ingestPort)",
                "--read", "127.0.0.1:\(readPort)",
            ] + aggregatorArguments, log: folder.path + "/aggregator.log")
    }

    func startAgent() throws { agent = try anAgent(state: "agent") }

    /// - Parameter state: its folder's name.
    func anAgent(state: String) throws -> Child {
        try Child(
            [
                Products.agent, "run", "--state-dir", folder.path + "/" + state, "--node-name", node,
                "--aggregator",
                "http://127.0.0.1:\(agentTarget ?? ingestPort)", "--no-built-in-rules",
            ] + agentArguments, log: folder.path + "/\(state).log", environment: agentEnvironment)
    }

    func start() async throws {
        try startAggregator()
        _ = await eventually { await self.isReady() }
        try startAgent()
    }

    func isReady() async -> Bool {
        (try? await http.send(HTTPRequest(url: "http://127.0.0.1:\(readPort)/readyz")))?.status == 200
    }

    func snapshot() async throws -> Snapshot? {
        var request = HTTPRequest(url: "http://127.0.0.1:\(readPort)/v1/snapshot?since=0")
        request.responseBytesMax = 256 << 20
        guard let response = try? await http.send(request), response.status == 200 else { return nil }
        return try JSONDecoder().decode(Snapshot.self, from: Data(response.body))
    }

    func findings(_ check: String) async throws -> [Finding] {
        try await snapshot()?.findings.filter { $0.detection.check == check } ?? []
    }

    func report(_ arguments: [String] = []) throws -> (status: Int32, output: String) {
        try Child.run(
            [Products.aggregator, "report", "--aggregator", "http://127.0.0.1:\(readPort)"] + arguments)
    }

    /// The report's text, once it holds this. A finding is in the store before it is evaluated, so a report may be one
    /// evaluation behind ``findings(_:)``.
    func report(holding text: String, _ arguments: [String] = []) async throws -> String {
        var output = ""
        let holds = try await eventually(seconds: 20) {
            output = try report(arguments).output
            return output.contains(text)
        }
        #expect(holds, "\(output)")
        return output
    }

    var logs: String { "agent:\n\(agent?.log.suffix(3000) ?? "")\naggregator:\n\(aggregator?.log.suffix(2000) ?? "")" }

    static var shippedRules: String { Repository.root.path + "/rules/logs" }
}

/// A journald of the test's own, as the machine's.
final class Journald: Sendable {
    private let child: Child
    private let folder: TemporaryFolder

    /// - Parameter skipsOldKernelLines: it begins at the end of the kernel's log, not where the one before ended.
    init(skipsOldKernelLines: Bool = false) throws {
        folder = try TemporaryFolder()
        if skipsOldKernelLines { try Self.skipKernelLines() }
        try FileManager.default.createDirectory(
            atPath: "/run/systemd/journald.conf.d", withIntermediateDirectories: true)
        try Data("[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nRuntimeMaxUse=512M\nReadKMsg=yes\n".utf8)
            .write(to: URL(filePath: "/run/systemd/journald.conf.d/ke-test.conf"))
        try? FileManager.default.removeItem(atPath: "/run/log/journal")
        child = try Child(["/lib/systemd/systemd-journald"], log: folder.path + "/journald.log")
    }

    deinit {
        child.end(SIGTERM)
        try? FileManager.default.removeItem(atPath: "/run/systemd/journald.conf.d/ke-test.conf")
        try? FileManager.default.removeItem(atPath: "/run/log/journal")
        for name in ["socket", "stdout", "dev-log"] {
            try? FileManager.default.removeItem(atPath: "/run/systemd/journal/\(name)")
        }
    }

    /// journald keeps the number of the next kernel line that it wants in a file (journald-kmsg.c).
    private static func skipKernelLines() throws {
        let descriptor = open("/dev/kmsg", O_RDONLY | O_NONBLOCK)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var next: UInt64 = 0
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EPIPE { continue }
            guard count > 0 else { break }
            let fields = String(decoding: buffer[0..<count], as: UTF8.self).split(separator: ",", maxSplits: 2)
            if fields.count == 3, let sequence = UInt64(fields[1]) { next = sequence + 1 }
        }
        try FileManager.default.createDirectory(atPath: "/run/systemd/journal", withIntermediateDirectories: true)
        try withUnsafeBytes(of: next) { try Data($0).write(to: URL(filePath: "/run/systemd/journal/kernel-seqnum")) }
    }

    /// Whether a line with this text has been taken in.
    func holds(_ text: String) throws -> Bool {
        try Child.run([
            "/usr/bin/journalctl", "--directory", folderPath, "--quiet", "--lines=1", "--output=cat",
            "MESSAGE=\(text)",
        ]).output.contains(text)
    }

    var folderPath: String {
        let id = ((try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)) ?? "").trimmingCharacters(
            in: .whitespacesAndNewlines)
        return "/run/log/journal/\(id)"
    }

    func isReady() -> Bool {
        FileManager.default.fileExists(atPath: "/run/systemd/journal/socket")
            && FileManager.default.fileExists(atPath: folderPath + "/system.journal")
    }

    func rotate() { kill(child.pid, SIGUSR2) }

    /// How many files were rotated out of the way.
    func archivedCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folderPath).count { $0.hasPrefix("system@") }
    }

    /// Keeps only the newest archived files.
    func vacuum(files: Int) throws {
        _ = try Child.run(["/usr/bin/journalctl", "--directory", folderPath, "--vacuum-files=\(files)"])
    }

    /// Sends entries by the native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).
    static func send(_ lines: some Sequence<String>, identifier: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("/run/systemd/journal/socket".utf8)) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        for line in lines {
            let bytes = Array("SYSLOG_IDENTIFIER=\(identifier)\nPRIORITY=6\nMESSAGE=\(line)\n".utf8)
            while write(descriptor, bytes, bytes.count) < 0, errno == EAGAIN || errno == ENOBUFS {
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, 1000)
            }
        }
    }
}

/// A real OOM kill in a memory cgroup of its own.
enum MemoryHog {
    /// - Returns: the killed process' id.
    static func kill(cgroup: String) throws -> Int32 {
        let isV1 =
            FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory/memory.limit_in_bytes")
            || FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory/cgroup.procs")
        let folder = isV1 ? "/sys/fs/cgroup/memory/\(cgroup)" : "/sys/fs/cgroup/\(cgroup)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let parts = cgroup.split(separator: "/")
        let root = folder.dropLast(cgroup.count)
        // On v2 every group above must hand the controller down.
        for depth in 0..<parts.count where !isV1 {
            let parent = root + parts.prefix(depth).joined(separator: "/")
            try? "+memory".write(toFile: parent + "/cgroup.subtree_control", atomically: false, encoding: .utf8)
        }
        defer { for depth in (1...parts.count).reversed() { rmdir(root + parts.prefix(depth).joined(separator: "/")) } }
        try "16000000".write(
            toFile: folder + (isV1 ? "/memory.limit_in_bytes" : "/memory.max"), atomically: false, encoding: .utf8)
        let (_, output) = try Child.run([
            "/bin/sh", "-c", "echo $$ > \(folder)/cgroup.procs; echo pid=$$; exec python3 -c 'x=bytearray(200000000)'",
        ])
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("pid=") }),
            let pid = Int32(line.dropFirst(4))
        else {
            throw CocoaError(.fileReadUnknown)
        }
        return pid
    }
}
