import Host
import Platform

/// File systems that can be full or turn read-only (proc_pid_mountinfo(5)).
struct MountTable: Sendable {
    struct Mount: Equatable, Sendable {
        var path: String
        var type: String
        var source: String
        /// `major:minor`: bind mounts of one device share it.
        var device: String
        /// Read-only as a whole, by the file system's own options.
        var isReadOnly: Bool
        /// The file system gave up: `emergency_ro` (ext4, 6.15), `shutdown`.
        var hasGivenUp: Bool

        /// Answered by another machine, so that asking may hang.
        var isRemote: Bool { MountTable.remoteTypes.contains(type) }
    }

    static let remoteTypes: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "ceph", "fuse.ceph", "glusterfs", "fuse.glusterfs", "9p",
    ]
    private static let localTypes: Set<String> = [
        "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "reiserfs", "vfat", "ntfs3",
    ]

    /// Real, writable kinds only: pseudo file systems, overlays, and images (squashfs, iso9660) are never full by
    /// fault.
    /// Of bind mounts of one device the shortest path stands for all.
    static func read(_ host: HostRoot) throws(SystemError) -> [Mount] {
        // PID 1's table is the host's; without a view of it, this process's is what there is.
        let text: String
        do throws(SystemError) { text = try host.text("/proc/1/mountinfo") } catch {
            text = try host.text("/proc/self/mountinfo")
        }
        return parse(text)
    }

    /// Where this process can ask about a file system of the host, by the device's number: in a pod the host's mount
    /// points are not there, but each folder or file that is mounted into it lies on one of them. The pod's own root,
    /// an overlay, answers for the file system that holds its upper folder.
    /// - Parameter own: this process's `/proc/self/mountinfo`.
    static func leaves(_ own: String, of mounts: [Mount]) -> [String: String] {
        var leaves: [String: String] = [:]
        for line in own.split(separator: "\n") {
            guard let (left, right) = fields(line) else { continue }
            let path = unescape(left[4])
            if right[0] == "overlay" {
                let upper = right[2].split(separator: ",").first { $0.hasPrefix("upperdir=") }
                guard let upper = upper.map({ unescape($0.dropFirst("upperdir=".count)) }) else { continue }
                let holder = mounts.filter { $0.path == "/" || upper.hasPrefix($0.path + "/") }
                guard let device = holder.max(by: { $0.path.count < $1.path.count })?.device else { continue }
                if leaves[device] == nil { leaves[device] = path }
            } else if leaves[String(left[2])] == nil {
                leaves[String(left[2])] = path
            }
        }
        return leaves
    }

    private static func fields(_ line: Substring) -> (left: [Substring], right: [Substring])? {
        let halves = line.split(separator: " - ", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        let left = halves[0].split(separator: " "), right = halves[1].split(separator: " ")
        return left.count >= 6 && right.count >= 3 ? (left, right) : nil
    }

    static func parse(_ text: String) -> [Mount] {
        var byDevice: [String: Mount] = [:]
        for line in text.split(separator: "\n") {
            guard let (left, right) = fields(line) else { continue }
            let type = String(right[0])
            guard localTypes.contains(type) || remoteTypes.contains(type) else { continue }
            let options = Set(right[2].split(separator: ","))
            let mount = Mount(
                path: unescape(left[4]), type: type, source: unescape(right[1]), device: String(left[2]),
                isReadOnly: options.contains("ro"),
                hasGivenUp: options.contains("emergency_ro") || options.contains("shutdown"))
            if let known = byDevice[mount.device], (known.path.count, known.path) <= (mount.path.count, mount.path) {
                continue
            }
            byDevice[mount.device] = mount
        }
        return byDevice.values.sorted { $0.path < $1.path }
    }

    /// Blanks, tabs, line breaks and backslashes are written as `\040` and so on.
    private static func unescape(_ text: Substring) -> String {
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count,
                let code = UInt8(String(decoding: bytes[index + 1...index + 3], as: UTF8.self), radix: 8)
            {
                out.append(code)
                index += 4
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
