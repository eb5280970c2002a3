import Findings
import Host
import Platform

/// Tables of the kernel that may be full: open files, processes, tracked connections.
struct LimitsSampler: Sampler {
    let id = "limits"
    let checks = ["NodeFDExhaustion", "NodePIDExhaustion", "NodeConntrackNearFull"]
    let periodSeconds = 30.0
    private var files = Hysteresis()
    private var tasks = Hysteresis()
    private var connections = Hysteresis()

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        [sampleFiles(context), sampleTasks(context), sampleConnections(context)]
    }

    private static func numbers(_ host: HostRoot, _ path: String) throws(SystemError) -> [Double] {
        try host.text(path).split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    }

    private func failed(_ check: String, _ error: SystemError) -> SampleOutcome {
        SampleOutcome(check: check, result: .unobserved(error.unobservedReason, error.description))
    }

    /// `/proc/sys/fs/file-nr`: allocated, free, maximum (proc_sys_fs(5)).
    private mutating func sampleFiles(_ context: SampleContext) -> SampleOutcome {
        let check = "NodeFDExhaustion"
        do throws(SystemError) {
            let values = try Self.numbers(context.host, "/proc/sys/fs/file-nr")
            guard values.count == 3, values[2] > 0 else {
                return SampleOutcome(
                    check: check, result: .unobserved(.malformed, "/proc/sys/fs/file-nr has not three numbers"))
            }
            let percent = (values[0] - values[1]) / values[2] * 100
            let isFull = files.update(
                percent, over: context.thresholds.filesPercent, clearBelow: context.thresholds.clearPoints,
                wasActive: context.isActive(check))
            let found =
                isFull
                ? [
                    context.detection(
                        check, id, .danger,
                        "\(Int(values[0])) of \(Int(values[2])) file handles in use (\(percent.tenths)%)",
                        remedy: "Raise fs.file-max; `ls /proc/*/fd | wc -l` per process shows who leaks.")
                ] : []
            return SampleOutcome(
                check: check, result: .observed(found),
                evidence: "file-nr \(Int(values[0])) \(Int(values[1])) \(Int(values[2]))")
        } catch { return failed(check, error) }
    }

    /// Tasks: the last-but-one field of `/proc/loadavg`, runnable/all (proc_loadavg(5)).
    private mutating func sampleTasks(_ context: SampleContext) -> SampleOutcome {
        let check = "NodePIDExhaustion"
        do throws(SystemError) {
            let words = try context.host.text("/proc/loadavg").split(separator: " ")
            let most = try Self.numbers(context.host, "/proc/sys/kernel/pid_max").first ?? 0
            guard words.count >= 4, let count = words[3].split(separator: "/").last.flatMap({ Double($0) }), most > 0
            else {
                return SampleOutcome(
                    check: check, result: .unobserved(.malformed, "/proc/loadavg or pid_max cannot be understood"))
            }
            let limit = min(most, (try? Self.numbers(context.host, "/proc/sys/kernel/threads-max").first) ?? most)
            let percent = count / limit * 100
            let isFull = tasks.update(
                percent, over: context.thresholds.tasksPercent, clearBelow: context.thresholds.clearPoints,
                wasActive: context.isActive(check))
            let found =
                isFull
                ? [
                    context.detection(
                        check, id, .danger, "\(Int(count)) of \(Int(limit)) tasks exist (\(percent.tenths)%)",
                        remedy: "Find what forks; raise kernel.pid_max; set the kubelet's podPidsLimit.")
                ] : []
            return SampleOutcome(
                check: check, result: .observed(found), evidence: "tasks \(Int(count)), limit \(Int(limit))")
        } catch { return failed(check, error) }
    }

    private mutating func sampleConnections(_ context: SampleContext) -> SampleOutcome {
        let check = "NodeConntrackNearFull"
        do throws(SystemError) {
            let count = try Self.numbers(context.host, "/proc/sys/net/netfilter/nf_conntrack_count").first ?? 0
            let most = try Self.numbers(context.host, "/proc/sys/net/netfilter/nf_conntrack_max").first ?? 0
            guard most > 0 else {
                return SampleOutcome(check: check, result: .unobserved(.malformed, "nf_conntrack_max is 0"))
            }
            let percent = count / most * 100
            let isFull = connections.update(
                percent, over: context.thresholds.conntrackPercent, clearBelow: context.thresholds.clearPoints,
                wasActive: context.isActive(check))
            let found =
                isFull
                ? [
                    context.detection(
                        check, id, .warning, "\(Int(count)) of \(Int(most)) tracked connections (\(percent.tenths)%)",
                        remedy: "Raise net.netfilter.nf_conntrack_max; find who opens so many connections.")
                ] : []
            return SampleOutcome(
                check: check, result: .observed(found), evidence: "conntrack \(Int(count)) of \(Int(most))")
        } catch {
            // Without the module there is no table that could be full.
            if error.isMissing {
                return SampleOutcome(
                    check: check, result: .unobserved(.notConfigured, "connection tracking is not loaded"))
            }
            return failed(check, error)
        }
    }
}
