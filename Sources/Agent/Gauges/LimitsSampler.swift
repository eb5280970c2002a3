import Findings
import Host
import Platform

/// Tables of the kernel that may be full: open files, processes, tracked connections.
struct LimitsSampler: Sampler {
    let id = "limits"
    let periodSeconds = 30.0
    private var tables = [
        KernelTable(
            check: "NodeFDExhaustion", severity: .danger, percentMax: { limits in limits.filesPercent },
            noun: "file handles in use", read: readFiles),
        KernelTable(
            check: "NodePIDExhaustion", severity: .danger, percentMax: { limits in limits.tasksPercent },
            noun: "tasks exist", read: readTasks),
        KernelTable(
            check: "NodeConntrackNearFull", severity: .warning, percentMax: { limits in limits.conntrackPercent },
            noun: "tracked connections",
            read: readConnections),
    ]

    var checks: [String] { tables.map(\.check) }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        tables.indices.map { tables[$0].sample(context, by: id) }
    }

    private static func numbers(_ host: HostRoot, _ path: String) throws(SystemError) -> [Double] {
        try host.text(path).split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    }

    /// `/proc/sys/fs/file-nr`: allocated, free, maximum (proc_sys_fs(5)).
    @Sendable private static func readFiles(_ host: HostRoot) throws(SystemError) -> KernelTable.Reading {
        let values = try numbers(host, "/proc/sys/fs/file-nr")
        guard values.count == 3, values[2] > 0 else {
            return .unobserved(.malformed, "/proc/sys/fs/file-nr does not hold three numbers")
        }
        return .use(
            values[0] - values[1], shown: values[0], of: values[2],
            evidence: "file-nr \(Int(values[0])) \(Int(values[1])) \(Int(values[2]))")
    }

    /// Tasks: the last-but-one field of `/proc/loadavg`, runnable/all (proc_loadavg(5)).
    @Sendable private static func readTasks(_ host: HostRoot) throws(SystemError) -> KernelTable.Reading {
        let words = try host.text("/proc/loadavg").split(separator: " ")
        let most = try numbers(host, "/proc/sys/kernel/pid_max").first ?? 0
        guard words.count >= 4, let count = words[3].split(separator: "/").last.flatMap({ Double($0) }), most > 0
        else { return .unobserved(.malformed, "/proc/loadavg or pid_max cannot be parsed") }
        var limit = most
        do throws(SystemError) {
            limit = min(most, try numbers(host, "/proc/sys/kernel/threads-max").first ?? most)
        } catch {
            if !error.isMissing { throw error }
        }
        return .use(count, shown: count, of: limit, evidence: "tasks \(Int(count)), limit \(Int(limit))")
    }

    @Sendable private static func readConnections(_ host: HostRoot) throws(SystemError) -> KernelTable.Reading {
        do throws(SystemError) {
            let count = try numbers(host, "/proc/sys/net/netfilter/nf_conntrack_count").first ?? 0
            let most = try numbers(host, "/proc/sys/net/netfilter/nf_conntrack_max").first ?? 0
            guard most > 0 else { return .unobserved(.malformed, "nf_conntrack_max is 0") }
            return .use(count, shown: count, of: most, evidence: "conntrack \(Int(count)) of \(Int(most))")
        } catch {
            // Without the module there is no table that could be full.
            if error.isMissing { return .unobserved(.notConfigured, "connection tracking is not loaded") }
            throw error
        }
    }
}
