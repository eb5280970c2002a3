import Foundation
import Glibc

/// A child process that a test started; ended, by its id, when the test lets go of it.
package final class Child: Sendable {
    package let pid: Int32
    /// Standard output and error.
    package let logPath: String

    /// Starts `arguments[0]` with output into `log`.
    package init(_ arguments: [String], log: String, environment: [String: String] = [:]) throws {
        logPath = log
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var all = ProcessInfo.processInfo.environment
        all.merge(environment) { _, new in new }
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var made: pid_t = 0
        let code = posix_spawn(&made, arguments[0], &actions, nil, &argv, &envp)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        pid = made
    }

    deinit { end(SIGKILL) }

    /// Sends a signal and waits for the end.
    /// - Returns: the exit status, 128 + signal when a signal ended it, nil when it was gone already.
    @discardableResult
    package func end(_ signal: Int32) -> Int32? {
        kill(pid, signal)
        return wait()
    }

    @discardableResult
    package func wait() -> Int32? {
        var status: Int32 = 0
        while true {
            let got = waitpid(pid, &status, 0)
            if got == pid { return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F) }
            if got < 0, errno == EINTR { continue }
            return nil
        }
    }

    package var isRunning: Bool {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == 0
    }

    package var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// Resident bytes.
    package var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// Runs to the end and gives status and output.
    package static func run(_ arguments: [String], input: String? = nil) throws -> (status: Int32, output: String) {
        let folder = try TemporaryFolder()
        var arguments = arguments
        if let input {
            let file = try folder.write(input, to: "in")
            arguments = ["/bin/sh", "-c", "exec \"$@\" < \(file)", "sh"] + arguments
        }
        let child = try Child(arguments, log: folder.path + "/log")
        let status = child.wait() ?? -1
        return (status, child.log)
    }
}

/// A port of loopback that nobody listens on right now.
package func freePort() -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    return Int(UInt16(bigEndian: address.sin_port))
}
