internal import Glibc
package import Platform

/// Where the host's files are: `/` on the machine itself, a mount point in a pod, a fixture tree in a test.
/// Every path of the host goes through it.
package struct HostRoot: Sendable {
    /// Without a trailing slash; empty for `/`.
    package let prefix: String

    package init(_ path: String = "/") {
        prefix = path == "/" ? "" : path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    package func path(_ absolute: String) -> String { prefix + absolute }

    package var kmsg: String { path("/dev/kmsg") }
    package var proc: String { path("/proc") }
    var sys: String { path("/sys") }
    package var podLogs: String { path("/var/log/pods") }

    /// This process's own mount table, which in a pod is not the host's.
    package static var ownMounts: String? { try? Files.text("/proc/self/mountinfo") }

    package func text(_ absolute: String) throws(SystemError) -> String { try Files.text(path(absolute)) }

    /// The kernel's id of this boot, without dashes as journald writes it.
    package func bootID() throws(SystemError) -> String {
        try text("/proc/sys/kernel/random/boot_id").filter { $0.isHexDigit }
    }

    /// The boot's moment on the wall clock: `btime` of `/proc/stat`, in whole seconds.
    package func bootTime() throws(SystemError) -> Timestamp {
        let line = try text("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard let seconds = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw SystemError(call: "parse btime of", path: path("/proc/stat"), code: EINVAL)
        }
        return Timestamp(seconds: seconds)
    }
}
