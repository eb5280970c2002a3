import Findings
import Host
import Platform

/// The main process of a systemd unit, found among the host's processes by their cgroups (cgroups(7)), which need no
/// privilege and no bus to read. A runtime's shims stay in its unit's cgroup and outlive it, so that the cgroup alone
/// does not tell that the runtime died.
struct MainProcess: Sendable {
    enum Life: Equatable, Sendable {
        case running(ProcessTable.Process)
        case gone
        /// No process's cgroup is to be seen.
        case unknown
    }

    private var known: [String: ProcessTable.Process] = [:]
    /// Processes looked at in one search.
    private static let processesMax = 20_000
    /// What a runtime or a supervisor starts for containers.
    private static let helpers = ["containerd-shim", "conmon", "docker-proxy", "docker-init", "runc", "crun"]

    /// One file is read where the process is known already.
    mutating func life(of unit: String, _ host: HostRoot) -> Life {
        if let old = known[unit], let now = Self.process(old.pid, host), now.startTime == old.startTime {
            return .running(now)
        }
        known[unit] = nil
        guard let names = try? Files.names(in: host.proc) else { return .unknown }
        var sawGroups = false
        var oldest: ProcessTable.Process?
        for pid in names.lazy.compactMap({ Int($0) }).prefix(Self.processesMax) {
            guard let groups = try? host.text("/proc/\(pid)/cgroup") else { continue }
            sawGroups = true
            guard Self.isOf(unit, groups), let process = Self.process(pid, host), !Self.isHelper(process.name, of: unit)
            else { continue }
            if process.startTime < oldest?.startTime ?? .max { oldest = process }
        }
        if let oldest {
            known[unit] = oldest
            return .running(oldest)
        }
        return sawGroups ? .gone : .unknown
    }

    /// Nil: it has ended.
    private static func process(_ pid: Int, _ host: HostRoot) -> ProcessTable.Process? {
        guard let text = try? host.text("/proc/\(pid)/stat"), let process = ProcessTable.parse(text, pid: pid),
            process.state != "Z", process.state != "X"
        else { return nil }
        return process
    }

    /// Lines are `hierarchy:controllers:path`. Units inside a pod are not the host's.
    private static func isOf(_ unit: String, _ groups: String) -> Bool {
        groups.split(separator: "\n").contains { line in
            guard let path = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last else {
                return false
            }
            return path.split(separator: "/").contains { $0 == unit } && CgroupPath(String(path)) == nil
        }
    }

    private static func isHelper(_ name: String, of unit: String) -> Bool {
        helpers.contains { name.hasPrefix($0) } || (name == "containerd" && !unit.contains("containerd"))
    }
}
