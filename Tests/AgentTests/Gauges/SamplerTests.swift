import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Gauges
@testable import Host
@testable import Platform

/// A fixture tree stands for the host.
@Suite struct SamplerTests {
    private func context(_ folder: TemporaryFolder, at seconds: Double = 0, active: [Detection] = []) -> SampleContext {
        SampleContext(
            host: HostRoot(folder.path), node: .node("n"), now: Timestamp(seconds: 1_700_000_000 + seconds),
            uptimeSeconds: 1000 + seconds,
            thresholds: AgentLimits(), active: active)
    }

    private func found(_ outcomes: [SampleOutcome], _ check: String) -> [Detection]? {
        if case .observed(let found)? = outcomes.first(where: { $0.check == check })?.result { found } else { nil }
    }

    private func severities(_ outcomes: [SampleOutcome], _ check: String) -> [Severity]? {
        found(outcomes, check)?.map(\.severity)
    }

    private func reason(_ outcomes: [SampleOutcome], _ check: String) -> UnobservedReason? {
        guard let outcome = outcomes.first(where: { $0.check == check }),
            case .unobserved(let reason, _) = outcome.result
        else { return nil }
        return reason
    }

    // MARK: memory

    private func memory(_ texts: [String], pressure: Double? = nil, active: [Detection] = []) async throws
        -> [Severity]?
    {
        let folder = try TemporaryFolder()
        if let pressure {
            try folder.write(
                "some avg10=0 avg60=\(pressure) avg300=0 total=1\nfull avg10=0 avg60=0 avg300=0 total=1\n",
                to: "proc/pressure/memory")
        }
        var sampler = MemorySampler()
        var last: [SampleOutcome] = []
        for text in texts {
            try folder.write(text.replacingOccurrences(of: ", ", with: "\n") + "\n", to: "proc/meminfo")
            last = await sampler.sample(context(folder, active: active))
        }
        return severities(last, "NodeMemory")
    }

    @Test func memoryFiresOnlyAfterThreeSamplesOverTheThreshold() async throws {
        let full = "MemTotal: 16384000 kB, MemFree: 200000 kB, MemAvailable: 1500000 kB"
        #expect(try await memory([full, full, full]) == [.warning])
        #expect(try await memory([full, full]) == [])
        let cache = "MemTotal: 16384000 kB, MemFree: 150000 kB, Cached: 12000000 kB, MemAvailable: 11000000 kB"
        #expect(try await memory([cache, cache, cache]) == [])
        let exactly = "MemTotal: 1000 kB, MemAvailable: 100 kB"
        #expect(try await memory([exactly, exactly, exactly]) == [])
        #expect(try await memory([full, cache, full, full]) == [])
        // A large node with 8 GiB left is not short of memory, unless somebody waits for it.
        let large = "MemTotal: 1048576000 kB, MemAvailable: 52428800 kB"
        #expect(try await memory([large, large, large]) == [])
        #expect(try await memory([large, large, large], pressure: 9) == [.warning])
    }

    @Test func memoryClearsFivePointsLowerAndSurvivesARestart() async throws {
        let near = "MemTotal: 1000 kB, MemAvailable: 120 kB", clear = "MemTotal: 1000 kB, MemAvailable: 160 kB"
        let before = Detection(
            check: "NodeMemory", rule: "memory", reason: "NodeMemory", severity: .warning, object: .node("n"),
            message: "")
        #expect(try await memory([near], active: [before]) == [.warning])
        #expect(try await memory([near]) == [])
        #expect(try await memory([clear], active: [before]) == [])
    }

    @Test func memoryNeverCallsHealthyWhatItCouldNotRead() async throws {
        let folder = try TemporaryFolder()
        var sampler = MemorySampler()
        #expect(reason(await sampler.sample(context(folder)), "NodeMemory") == .sourceMissing)
        try folder.write("garbage\n", to: "proc/meminfo")
        #expect(reason(await sampler.sample(context(folder)), "NodeMemory") == .malformed)
    }

    // MARK: CPU

    @Test func cpuIsADeltaAndNeverSinceBoot() throws {
        func share(_ a: String, _ b: String) throws -> Double? {
            let old = try #require(CPUSampler.Times(a)), new = try #require(CPUSampler.Times(b))
            return CPUSampler.share(from: old, to: new)?.busy
        }
        #expect(
            try share("cpu 1000 0 500 8000 500 0 0 0 0 0", "cpu 101000 0 11500 16000 1500 0 0 0 0 0").map {
                ($0 * 10).rounded() / 10
            } == 92.5)
        #expect(
            try share("cpu 900000 0 90000 10000 0 0 0 0 0 0", "cpu 920000 0 90000 110000 0 0 0 0 0 0").map {
                ($0 * 10).rounded() / 10
            } == 16.7)
        // Guest time is in user already; a counter that fell is no time.
        #expect(try share("cpu 0 0 0 0 0 0 0 0 0 0", "cpu 50 0 0 50 0 0 0 0 50 0") == 50)
        #expect(try share("cpu 100 0 0 100 0 0 0 0", "cpu 90 0 0 200 0 0 0 0") == 0)
    }

    @Test func cpuWarmsUpBeforeItJudges() async throws {
        let folder = try TemporaryFolder()
        var sampler = CPUSampler()
        for sample in 0..<30 {
            try folder.write("cpu \(sample * 95) 0 0 \(sample * 5) 0 0 0 0 0 0\n", to: "proc/stat")
            let outcome = await sampler.sample(context(folder, at: Double(sample) * 10))
            if sample < 23 {
                #expect(reason(outcome, "NodeCPU") == .warmingUp)
            } else {
                #expect(severities(outcome, "NodeCPU") == [.warning])
            }
        }
    }

    @Test func cpuWithoutStallIsInfoOnly() async throws {
        let folder = try TemporaryFolder()
        try folder.write("some avg10=0 avg60=0 avg300=3.00 total=1\n", to: "proc/pressure/cpu")
        var sampler = CPUSampler()
        var last: [SampleOutcome] = []
        for sample in 0..<30 {
            try folder.write("cpu \(sample * 99) 0 0 \(sample) 0 0 0 0 0 0\n", to: "proc/stat")
            last = await sampler.sample(context(folder, at: Double(sample) * 10))
        }
        #expect(severities(last, "NodeCPU") == [.info])
    }

    // MARK: disks

    private let mounts = """
        22 27 0:21 / /proc rw - proc proc rw
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        28 27 254:0 /x /var/lib/kubelet/pods/bind rw - ext4 /dev/vda rw
        29 27 7:1 / /snap/core20/2318 ro - squashfs /dev/loop1 ro
        30 27 0:50 / /var/lib/docker/overlay2/m rw - overlay overlay rw
        31 27 254:16 / /data\\040disk rw - xfs /dev/vdb rw

        """

    private func disk(_ usage: FilesystemSampler.Usage, looks: Int = 3, mountinfo: String? = nil, second: String? = nil)
        async throws -> [SampleOutcome]
    {
        let folder = try TemporaryFolder()
        try folder.write(mountinfo ?? mounts, to: "proc/1/mountinfo")
        let own = mounts
        var sampler = FilesystemSampler(
            ownMounts: { own },
            usage: { path in
                path.hasSuffix("/")
                    ? .success(usage) : .success(.init(blocks: 100, free: 90, available: 90, files: 0, filesFree: 0))
            })
        var last: [SampleOutcome] = []
        for look in 0..<looks {
            if look == looks - 1, let second { try folder.write(second, to: "proc/1/mountinfo") }
            last = await sampler.sample(context(folder, at: Double(look) * 60))
        }
        return last
    }

    @Test func readsRealFileSystemsOnce() {
        #expect(MountTable.parse(mounts).map(\.path) == ["/", "/data disk"])
    }

    @Test func diskCountsAsDfDoes() async throws {
        #expect(
            severities(
                try await disk(.init(blocks: 1_000_000, free: 140_000, available: 90_000, files: 0, filesFree: 0)),
                "NodeDisk") == [.warning])
        #expect(
            severities(
                try await disk(.init(blocks: 1_000_000, free: 200_000, available: 150_000, files: 0, filesFree: 0)),
                "NodeDisk") == [])
        #expect(
            severities(
                try await disk(.init(blocks: 100, free: 90, available: 90, files: 655_360, filesFree: 60_000)),
                "NodeDisk") == [.warning])
        #expect(
            severities(try await disk(.init(blocks: 100, free: 3, available: 2, files: 0, filesFree: 0)), "NodeDisk")
                == [.danger])
        #expect(
            severities(
                try await disk(.init(blocks: 100, free: 3, available: 2, files: 0, filesFree: 0), looks: 2), "NodeDisk")
                == [])
    }

    @Test func aMountThatTurnsReadOnlyIsFoundAndOneThatAlwaysWasIsNot() async throws {
        let usage = FilesystemSampler.Usage(blocks: 100, free: 90, available: 90, files: 0, filesFree: 0)
        let turned = mounts.replacingOccurrences(of: "/dev/vdb rw", with: "/dev/vdb ro")
        #expect(
            severities(try await disk(usage, mountinfo: mounts, second: turned), "NodeFilesystemReadOnly") == [.danger])
        #expect(severities(try await disk(usage, mountinfo: turned), "NodeFilesystemReadOnly") == [])
    }

    @Test func warnsOfADiskThatWillBeFull() {
        #expect(FilesystemSampler.secondsUntilFull([(0, 50), (600, 60)]) == nil, "ten minutes are no trend")
        #expect(FilesystemSampler.secondsUntilFull([(0, 70), (3600, 80)]) == 7200)
        #expect(FilesystemSampler.secondsUntilFull([(0, 80), (3600, 70)]) == nil)
    }

    // MARK: limits

    @Test func tablesOfTheKernelMayBeFull() async throws {
        let folder = try TemporaryFolder()
        try folder.write("950\t0\t1000\n", to: "proc/sys/fs/file-nr")
        try folder.write("0.1 0.1 0.1 1/95 42\n", to: "proc/loadavg")
        try folder.write("100\n", to: "proc/sys/kernel/pid_max")
        try folder.write("86\n", to: "proc/sys/net/netfilter/nf_conntrack_count")
        try folder.write("100\n", to: "proc/sys/net/netfilter/nf_conntrack_max")
        var sampler = LimitsSampler()
        let outcomes = await sampler.sample(context(folder))
        #expect(severities(outcomes, "NodeFDExhaustion") == [.danger])
        #expect(severities(outcomes, "NodePIDExhaustion") == [.danger])
        #expect(severities(outcomes, "NodeConntrackNearFull") == [.warning])
    }

    @Test func noConntrackModuleIsNotConfigured() async throws {
        let folder = try TemporaryFolder()
        var sampler = LimitsSampler()
        let outcomes = await sampler.sample(context(folder))
        #expect(reason(outcomes, "NodeConntrackNearFull") == .notConfigured)
        #expect(reason(outcomes, "NodeFDExhaustion") == .sourceMissing)
    }

    // MARK: tasks

    private func stat(_ pid: Int, _ state: String, flags: Int = 0) -> String {
        "\(pid) (cp (x)) \(state) 1 1 1 0 -1 \(flags) 0 0 0 0 0 0 0 0 20 0 1 0 555 1000 10 0\n"
    }

    private func blocked(_ looks: [(at: Double, state: String, switches: Int)], flags: Int = 0) async throws
        -> [Severity]?
    {
        let folder = try TemporaryFolder()
        var sampler = TaskSampler()
        var last: [SampleOutcome] = []
        for look in looks {
            try folder.write(stat(4321, look.state, flags: flags), to: "proc/4321/stat")
            try folder.write(
                "voluntary_ctxt_switches:\t\(look.switches)\nnonvoluntary_ctxt_switches:\t0\n", to: "proc/4321/status")
            last = await sampler.sample(context(folder, at: look.at))
        }
        return severities(last, "NodeTaskHung")
    }

    @Test func aTaskIsHungAfterTwoMinutesWithoutAMove() async throws {
        #expect(try await blocked([(0, "D", 5), (60, "D", 5), (121, "D", 5)]) == [.warning])
        #expect(try await blocked([(0, "D", 5), (119, "D", 5)]) == [])
        #expect(try await blocked([(0, "D", 5), (60, "D", 6), (121, "D", 7)]) == [])
        #expect(try await blocked([(0, "I", 5), (121, "I", 5)]) == [])
        #expect(try await blocked([(0, "D", 5), (601, "D", 5)]) == [.danger])
        #expect(
            try await blocked([(0, "D", 5), (121, "D", 5)], flags: 0x0020_0000) == [],
            "kernel threads speak for themselves")
    }

    @Test func namesMayHoldBlanksAndBrackets() {
        let process = ProcessTable.parse(stat(7, "S"), pid: 7)
        #expect(process?.name == "cp (x)")
        #expect(process?.startTime == 555)
    }

    // MARK: counters, clock, pressure

    @Test func aRisingCounterIsFoundThoughTheLogIsSilent() async throws {
        let folder = try TemporaryFolder()
        var sampler = CounterSampler()
        try folder.write("oom_kill 2\n", to: "proc/vmstat")
        try folder.write("1\n", to: "proc/sys/kernel/hung_task_detect_count")
        #expect(severities(await sampler.sample(context(folder)), "NodeOOM") == [])
        try folder.write("oom_kill 5\n", to: "proc/vmstat")
        #expect(severities(await sampler.sample(context(folder, at: 10)), "NodeOOM") == [.info])
        #expect(severities(await sampler.sample(context(folder, at: 4000)), "NodeOOM") == [], "it counts for an hour")
    }

    @Test func cgroupCountersNameTheCgroup() async throws {
        let folder = try TemporaryFolder()
        var sampler = CgroupSampler()
        let path = "sys/fs/cgroup/kubepods/pod1/abc/"
        try folder.write("max 0\n", to: path + "pids.events")
        try folder.write("oom 0\noom_kill 0\n", to: path + "memory.events")
        _ = await sampler.sample(context(folder))
        try folder.write("max 4\n", to: path + "pids.events")
        try folder.write("oom 1\noom_kill 2\n", to: path + "memory.events")
        let outcomes = await sampler.sample(context(folder, at: 60))
        let forks = try #require(found(outcomes, "NodePIDExhaustion"))
        #expect(forks.map(\.message) == ["4 forks were refused by the pids limit of /kubepods/pod1/abc"])
        #expect(severities(outcomes, "NodeOOM") == [.info])
    }

    @Test func anUnsynchronisedClockIsFoundAfterAnHour() async throws {
        let folder = try TemporaryFolder()
        var sampler = ClockSampler { .success(ClockState(isSynchronised: false, offsetSeconds: 0)) }
        #expect(severities(await sampler.sample(context(folder)), "NodeClockSkew") == [])
        #expect(severities(await sampler.sample(context(folder, at: 3601)), "NodeClockSkew") == [.warning])
        var far = ClockSampler { .success(ClockState(isSynchronised: true, offsetSeconds: -6)) }
        #expect(severities(await far.sample(context(folder)), "NodeClockSkew") == [.danger])
        var forbidden = ClockSampler { .failure(SystemError(call: "adjtimex", path: "clock", code: 1)) }
        #expect(reason(await forbidden.sample(context(folder)), "NodeClockSkew") == .forbidden)
    }

    @Test func stallsAreFoundPerResource() async throws {
        let folder = try TemporaryFolder()
        var sampler = PressureSampler()
        #expect(reason(await sampler.sample(context(folder)), "NodePressureStall") == .sourceMissing)
        try folder.write("cpu  0 0 0 0 0 0 0 0 0 0\n", to: "proc/stat")
        for (name, some, full) in [("memory", 0.0, 11.0), ("io", 0, 39), ("cpu", 61, 0)] {
            try folder.write(
                "some avg10=0 avg60=0 avg300=\(some) total=1\nfull avg10=0 avg60=0 avg300=\(full) total=1\n",
                to: "proc/pressure/\(name)")
        }
        // Busy for 600 of 1000 ticks, then for 900: only then is waiting for CPU the node's trouble.
        for (busy, subjects) in [(0, ["memory"]), (600, ["memory"]), (2400, ["memory", "cpu"])] {
            let total = busy == 2400 ? 3000 : busy == 600 ? 1000 : 0
            try folder.write("cpu  \(busy) 0 0 \(total - busy) 0 0 0 0 0 0\n", to: "proc/stat")
            let stalls = try #require(found(await sampler.sample(context(folder)), "NodePressureStall"))
            #expect(stalls.map(\.subject) == subjects, "\(busy) of \(total)")
        }
    }

    @Test func theRowNamesTheGroupThatWaitsMost() async throws {
        let folder = try TemporaryFolder()
        var sampler = PressureSampler()
        for name in ["memory", "io", "cpu"] {
            let some = name == "cpu" ? 80 : 0
            try folder.write("some avg10=0 avg60=0 avg300=\(some) total=1\n", to: "proc/pressure/\(name)")
        }
        let uid = "87e18f63-83cb-11e7-a01d-42010a8001db"
        for (path, some) in [
            ("system.slice", 70), ("system.slice/kubelet.service", 3), ("kubepods/burstable", 60),
            ("kubepods/burstable/pod\(uid)", 55),
        ] {
            try folder.write(
                "some avg10=0 avg60=0 avg300=\(some) total=1\n", to: "sys/fs/cgroup/\(path)/cpu.pressure")
        }
        try folder.write("cpu  0 0 0 0 0 0 0 0 0 0\n", to: "proc/stat")
        _ = await sampler.sample(context(folder))
        try folder.write("cpu  95 0 0 5 0 0 0 0 0 0\n", to: "proc/stat")
        let stalls = try #require(found(await sampler.sample(context(folder)), "NodePressureStall"))
        #expect(stalls.first?.message.contains("processors 95.0% busy, most in pod \(uid) (55.0%)") == true)
    }

    // MARK: certificates

    private func certificate(_ folder: TemporaryFolder, _ path: String, days: Int) throws {
        let file = try folder.write("", to: path)
        let (status, output) = try Child.run([
            "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder.path + "/key",
            "-out", file, "-days", "\(days)", "-subj", "/CN=t",
        ])
        #expect(status == 0, "\(output)")
    }

    @Test(.enabled(if: Machine.has("/usr/bin/openssl"))) func certificatesThatEndSoonAreFound() async throws {
        let folder = try TemporaryFolder()
        try certificate(folder, "etc/kubernetes/pki/apiserver.crt", days: 29)
        try certificate(folder, "etc/kubernetes/pki/etcd/server.crt", days: 400)
        try certificate(folder, "etc/kubernetes/pki/front-proxy-client.crt", days: 130)
        try folder.write("no certificate", to: "etc/kubernetes/pki/broken.crt")
        var sampler = CertificateSampler(patterns: ["/etc/kubernetes/pki/**/*.crt"])
        var real = context(folder)
        real.now = .now()
        var outcomes = await sampler.sample(real)
        #expect(severities(outcomes, "NodeApiServerExpiredPeriod") == [.warning])
        #expect(severities(outcomes, "CertExpiring") == [])
        real.now = .now() + 128 * 86_400
        outcomes = await sampler.sample(real)
        #expect(severities(outcomes, "NodeApiServerExpiredPeriod") == [.fatal])
        #expect(severities(outcomes, "CertExpiring") == [.danger])
        let first = try #require(found(outcomes, "CertExpiring")?.first)
        #expect(first.subject == "/etc/kubernetes/pki/front-proxy-client.crt")
        #expect(first.deadline != nil)
    }

    @Test(arguments: [
        [], [0x30], [0x30, 0x82, 0xFF, 0xFF], Array("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----".utf8),
        Array("text".utf8),
    ])
    func brokenCertificatesAreErrors(_ bytes: [UInt8]) {
        #expect(throws: CertificateFile.Malformed.self) { try CertificateFile.validities(bytes) }
    }
}
