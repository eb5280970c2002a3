import Findings
import Host
import Platform

/// What the pods of a node use, from their cgroups: v2 `cpu.stat` and `memory.current`, v1 `cpuacct.usage` and
/// `memory.usage_in_bytes` (kernel Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/).
struct PodUsage: Equatable, Sendable {
    /// Of processor time, since the pod began.
    var cpuSeconds: Double?
    var memoryBytes: Double?

    /// Folders looked at in one walk, and how deep.
    private static let foldersMax = 2000
    private static let depthMax = 4

    /// By the UID that the cgroup carries.
    static func all(_ host: HostRoot) -> [String: PodUsage] {
        let root = host.path("/sys/fs/cgroup")
        var found: [String: PodUsage] = [:]
        for hierarchy in ["", "/cpu,cpuacct", "/cpuacct", "/memory"] where Files.exists(root + hierarchy) {
            var folders = 0
            walk(root + hierarchy, depthMax, &folders) { uid, folder in
                var usage = found[uid] ?? PodUsage()
                if let text = try? Files.text("\(folder)/cpu.stat"), let used = field("usage_usec", in: text) {
                    usage.cpuSeconds = used / 1_000_000
                } else if let text = try? Files.text("\(folder)/cpuacct.usage"), let used = number(text) {
                    usage.cpuSeconds = used / 1_000_000_000
                }
                if let text = try? Files.text("\(folder)/memory.current"), let used = number(text) {
                    usage.memoryBytes = used
                } else if let text = try? Files.text("\(folder)/memory.usage_in_bytes"), let used = number(text) {
                    usage.memoryBytes = used
                }
                found[uid] = usage
            }
        }
        return found
    }

    private static func number(_ text: String) -> Double? { Double(text.filter { !$0.isNewline }) }

    private static func field(_ name: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(name + " ") }?.split(separator: " ").last.flatMap {
            Double($0)
        }
    }

    private static func walk(
        _ folder: String, _ depth: Int, _ folders: inout Int, _ look: (_ uid: String, _ folder: String) -> Void
    ) {
        guard depth > 0, folders < foldersMax else { return }
        folders += 1
        for name in (try? Files.names(in: folder)) ?? []
        where name.contains("kubepods") || name.hasPrefix("pod") || ["burstable", "besteffort"].contains(name) {
            let child = "\(folder)/\(name)"
            if let path = CgroupPath("/" + name), path.containerID.isEmpty {
                look(path.podUID, child)
            } else {
                walk(child, depth - 1, &folders, look)
            }
        }
    }
}

/// The pod that uses the most; the aggregator resolves its UID to a name.
enum TopPod {
    /// `, top: pod <uid> 3.1Gi`, or nothing.
    static func memory(_ usage: [String: PodUsage]) -> String {
        let top = usage.compactMap { uid, usage in usage.memoryBytes.map { (uid, $0) } }.max {
            ($0.1, $1.0) < ($1.1, $0.0)
        }
        return top.map { ", top: pod \($0.0) \($0.1.binaryBytes)" } ?? ""
    }

    /// `, top: pod <uid> 3.8 cores` between two looks, or nothing.
    static func cpu(from old: [String: PodUsage], to new: [String: PodUsage], seconds: Double) -> String {
        guard seconds > 0 else { return "" }
        let top = new.compactMap { uid, usage -> (String, Double)? in
            guard let now = usage.cpuSeconds, let before = old[uid]?.cpuSeconds, now >= before else { return nil }
            return (uid, (now - before) / seconds)
        }.max { ($0.1, $1.0) < ($1.1, $0.0) }
        return top.map { ", top: pod \($0.0) \($0.1.tenths) cores" } ?? ""
    }
}
