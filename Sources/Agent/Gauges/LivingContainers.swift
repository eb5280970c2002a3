import Findings
internal import Glibc
import Host
import Platform

/// Which containers of a node have a cgroup, which runtimes remove when the last process has ended, and which log is
/// whose: the kubelet links `/var/log/containers/<pod>_<namespace>_<container>-<id>.log` to
/// `/var/log/pods/<namespace>_<pod>_<uid>/<container>/<restart>.log`.
struct LivingContainers {
    /// Container ids; nil: the cgroups of this host's pods are not to be seen.
    let ids: Set<String>?
    /// Container id by the log's path below the folder of pod logs.
    private let logs: [String: String]

    /// Folders looked at in one walk, and how deep; of links, as many as logs are looked at.
    private static let foldersMax = 5000
    private static let depthMax = 6
    private static let linksMax = 5000

    init(_ host: HostRoot) {
        ids = Self.ids(host)
        logs = Self.logs(host)
    }

    /// Whether the container that wrote a log has ended; nil: it is not known.
    /// - Parameter log: `<namespace>_<pod>_<uid>/<container>/<restart>.log`.
    func hasEnded(_ log: String) -> Bool? {
        guard let ids, let id = logs[log] else { return nil }
        return !ids.contains(id)
    }

    private static func ids(_ host: HostRoot) -> Set<String>? {
        let root = host.path("/sys/fs/cgroup")
        // Any hierarchy of version 1 will do: containers are in all of them.
        for hierarchy in ["", "/pids", "/memory", "/systemd", "/cpu,cpuacct"] where Files.exists(root + hierarchy) {
            var found: Set<String> = []
            var folders = 0
            if walk(root + hierarchy, "", depthMax, &folders, &found), folders > 1 { return found }
        }
        return nil
    }

    /// - Returns: whether all of it was seen; a group that goes meanwhile is no longer there.
    private static func walk(
        _ root: String, _ group: String, _ depth: Int, _ folders: inout Int, _ found: inout Set<String>
    ) -> Bool {
        folders += 1
        guard depth > 0, folders < foldersMax else { return false }
        let names: [String]
        do throws(SystemError) { names = try Files.names(in: root + group) } catch { return error.isMissing }
        for name in names {
            let child = "\(group)/\(name)"
            if let path = CgroupPath(child) {
                if !path.containerID.isEmpty {
                    found.insert(path.containerID)
                    continue
                }
            } else if !name.contains("kubepods"), !levels.contains(name) {
                continue
            }
            if !walk(root, child, depth - 1, &folders, &found) { return false }
        }
        return true
    }

    /// Between the root and the pods: the QoS levels, and a cgroup root of the kubelet's own, as kind has it.
    private static let levels: Set<String> = ["burstable", "besteffort", "kubelet", "kubelet.slice"]

    private static func logs(_ host: HostRoot) -> [String: String] {
        let folder = host.path("/var/log/containers")
        guard let names = try? Files.names(in: folder) else { return [:] }
        var logs: [String: String] = [:]
        for name in names.prefix(linksMax) {
            guard name.hasSuffix(".log"), let dash = name.lastIndex(of: "-") else { continue }
            let id = name[name.index(after: dash)...].dropLast(4)
            guard let target = target("\(folder)/\(name)"), let range = target.firstRange(of: "/pods/") else {
                continue
            }
            logs[String(target[range.upperBound...])] = String(id)
        }
        return logs
    }

    private static func target(_ link: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
