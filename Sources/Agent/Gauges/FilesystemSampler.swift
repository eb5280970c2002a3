import Findings
internal import Glibc
import Host
import Platform

/// Space, inodes and writability of every real file system of the host.
struct FilesystemSampler: Sampler {
    let id = "filesystem"
    let checks = ["NodeDisk", "NodeFilesystemReadOnly"]
    let periodSeconds = 60.0
    /// Trend: full within this, by the last six hours' growth, warns early.
    static let trendSeconds = 6 * 3600.0
    static let trendLeastPercent = 70.0
    private static let answerSeconds = 5.0

    /// `statvfs(3)`, in the file system's fragments.
    struct Usage: Equatable, Sendable {
        var blocks: Double
        var free: Double
        var available: Double
        var files: Double
        var filesFree: Double

        /// As df(1) counts: used / (used + available to non-root), so reserved blocks count as used up.
        var percent: Double? {
            let used = blocks - free
            return used + available > 0 ? used / (used + available) * 100 : nil
        }

        /// nil where the file system makes inodes as it needs them.
        var inodePercent: Double? { files > 0 ? (files - filesFree) / files * 100 : nil }
    }

    private struct Memory {
        var space = Hysteresis()
        var inodes = Hysteresis()
        var wasWritable = false
        var history: [(time: Double, percent: Double)] = []
    }

    private var memory: [String: Memory] = [:]
    private var hanging: Set<String> = []
    private let usage: @Sendable (String) -> Result<Usage, SystemError>
    private let roots: [String]
    private let ownMounts: @Sendable () -> String?

    /// - Parameters:
    ///   - roots: folders worth naming when their file system is full.
    ///   - ownMounts: this process's own mount table, where the host's files are mounted somewhere else than at `/`.
    init(
        roots: [String] = [],
        ownMounts: @escaping @Sendable () -> String? = { HostRoot.ownMounts },
        usage: @escaping @Sendable (String) -> Result<Usage, SystemError> = FilesystemSampler.ask
    ) {
        self.usage = usage
        self.roots = roots
        self.ownMounts = ownMounts
    }

    /// `, holds /var/lib/kubelet`, for the roots that lie on a mount and on no deeper one.
    static func held(_ roots: [String], on mount: String, of mounts: [String]) -> String {
        func isBelow(_ path: String, _ mount: String) -> Bool {
            mount == "/" || path == mount || path.hasPrefix(mount + "/")
        }
        let here = roots.filter { root in
            mounts.filter { isBelow(root, $0) }.max { $0.count < $1.count } == mount
        }
        return here.isEmpty ? "" : ", holds " + here.joined(separator: ", ")
    }

    @Sendable static func ask(_ path: String) -> Result<Usage, SystemError> {
        var value = Glibc.statvfs()
        guard statvfs(path, &value) == 0 else { return .failure(SystemError(call: "statvfs", path: path, code: errno)) }
        return .success(
            Usage(
                blocks: Double(value.f_blocks), free: Double(value.f_bfree), available: Double(value.f_bavail),
                files: Double(value.f_files), filesFree: Double(value.f_ffree)))
    }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let mounts: [MountTable.Mount]
        do throws(SystemError) { mounts = try MountTable.read(context.host) } catch { return unobserved(error) }
        if mounts.isEmpty { return unobserved(.sourceMissing, "the mount table names no real file system") }
        var full: [Detection] = []
        var readOnly: [Detection] = []
        var problems: [String] = []
        let leaves = context.host.prefix.isEmpty ? nil : MountTable.leaves(ownMounts() ?? "", of: mounts)
        for mount in mounts {
            readOnly += judgeWritable(mount, context)
            if mount.isReadOnly { continue }
            let measure = usage
            guard let path = leaves.map({ $0[mount.device] }) ?? mount.path else {
                problems.append("\(mount.path): nothing of it is mounted into this pod")
                continue
            }
            guard !hanging.contains(mount.path),
                let result = await Deadline.run(seconds: Self.answerSeconds, { measure(path) })
            else {
                // The thread that asked still waits; no second one joins it.
                if mount.isRemote { hanging.insert(mount.path) }
                problems.append("\(mount.path): no answer for 5s")
                continue
            }
            switch result {
            case .failure(let error): problems.append(error.description)
            case .success(let usage):
                full += judgeSpace(mount, usage, context, Self.held(roots, on: mount.path, of: mounts.map(\.path)))
            }
        }
        let looked = problems.count < mounts.count { !$0.isReadOnly } || problems.isEmpty
        let evidence = problems.joined(separator: "; ")
        return [
            SampleOutcome(
                check: "NodeDisk",
                result: looked
                    ? .observed(full) : .unobserved(leaves == nil ? .timeout : .sourceMissing, evidence),
                evidence: looked ? evidence : ""),
            SampleOutcome(check: "NodeFilesystemReadOnly", result: .observed(readOnly)),
        ]
    }

    /// It was writable and is not any more, or it says that it gave up. One mounted read-only is as its owner wants it.
    private mutating func judgeWritable(_ mount: MountTable.Mount, _ context: SampleContext) -> [Detection] {
        if !mount.isReadOnly { memory[mount.device, default: Memory()].wasWritable = true }
        let turned =
            mount.isReadOnly
            && (memory[mount.device]?.wasWritable == true || context.isActive("NodeFilesystemReadOnly", mount.path))
        guard turned || mount.hasGivenUp else { return [] }
        return [
            context.detection(
                "NodeFilesystemReadOnly", id, .danger, subject: mount.path,
                "\(mount.path) (\(mount.type) on \(mount.source)) turned read-only")
        ]
    }

    private mutating func judgeSpace(
        _ mount: MountTable.Mount, _ usage: Usage, _ context: SampleContext, _ held: String
    ) -> [Detection] {
        let limits = context.thresholds
        var remembered = memory[mount.device, default: Memory()]
        defer { memory[mount.device] = remembered }
        let wasActive = context.isActive("NodeDisk", mount.path)
        let space = usage.percent ?? 0
        let inodes = usage.inodePercent ?? 0
        let isFull = remembered.space.update(
            space, over: limits.diskPercent, needed: Int(limits.samplesNeeded), clearBelow: limits.clearPoints,
            wasActive: wasActive && space > limits.diskPercent - limits.clearPoints)
        let isOut = remembered.inodes.update(
            inodes, over: limits.diskPercent, needed: Int(limits.samplesNeeded), clearBelow: limits.clearPoints,
            wasActive: wasActive && inodes > limits.diskPercent - limits.clearPoints)
        remembered.history.append((context.uptimeSeconds, space))
        remembered.history.removeAll { context.uptimeSeconds - $0.time > Self.trendSeconds }
        let trend = Self.secondsUntilFull(remembered.history)
        let text =
            "\(mount.path) \(space.tenths)% used (threshold \(limits.diskPercent.tenths)%), inodes \(usage.inodePercent.map { "\($0.tenths)%" } ?? "unlimited")\(held)"
        if isFull || isOut {
            let severity: Severity = max(space, inodes) > limits.diskDangerPercent ? .danger : .warning
            return [context.detection("NodeDisk", id, severity, subject: mount.path, text)]
        }
        if space > Self.trendLeastPercent, let trend, trend < Self.trendSeconds {
            return [
                context.detection(
                    "NodeDisk", id, .warning, subject: mount.path,
                    "\(text), full in about \(GoDuration.brief(trend)) at this rate")
            ]
        }
        return []
    }

    /// By the growth over the history, which must span half an hour at least.
    static func secondsUntilFull(_ history: [(time: Double, percent: Double)]) -> Double? {
        guard let first = history.first, let last = history.last, last.time - first.time >= 1800 else { return nil }
        let rate = (last.percent - first.percent) / (last.time - first.time)
        return rate > 0 ? (100 - last.percent) / rate : nil
    }
}
