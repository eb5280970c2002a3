import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Gauges
@testable import Host
@testable import Platform

/// What samplers see of a host from within a pod.
@Suite struct PodViewTests {
    private func context(_ folder: TemporaryFolder, at seconds: Double) -> SampleContext {
        SampleContext(
            host: HostRoot(folder.path), node: .node("n"), now: Timestamp(seconds: 1_000_000 + seconds),
            uptimeSeconds: seconds, thresholds: AgentLimits(), active: [])
    }

    private let mounts = """
        22 27 0:21 / /proc rw - proc proc rw
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        31 27 254:16 / /data\\040disk rw - xfs /dev/vdb rw

        """

    /// As in a pod: the host's mount points are not there, but leaves of its file systems are.
    @Test func inAPodEachFileSystemIsAskedAtALeaf() async throws {
        let own = """
            1 0 0:99 / / ro - overlay overlay rw,lowerdir=/l,upperdir=/data\\040disk/containerd/7/fs,workdir=/w
            2 1 254:0 /etc/machine-id /host/etc/machine-id ro - ext4 /dev/vda rw
            3 1 254:0 /var/log /host/var/log ro - ext4 /dev/vda rw
            4 1 0:7 / /host/proc ro - proc proc rw

            """
        let host = MountTable.parse(mounts)
        #expect(
            MountTable.leaves(own, of: host) == ["254:0": "/host/etc/machine-id", "254:16": "/", "0:7": "/host/proc"])
        let folder = try TemporaryFolder()
        try folder.write(mounts, to: "proc/1/mountinfo")
        let full = FilesystemSampler.Usage(blocks: 100, free: 3, available: 2, files: 0, filesFree: 0)
        var sampler = FilesystemSampler(
            ownMounts: { own },
            usage: { $0 == "/" ? .success(full) : .failure(SystemError(call: "statvfs", path: $0, code: 2)) })
        var last: [SampleOutcome] = []
        for look in 0..<3 { last = await sampler.sample(context(folder, at: Double(look) * 60)) }
        guard case .observed(let found)? = last.first(where: { $0.check == "NodeDisk" })?.result else {
            Issue.record("\(last)")
            return
        }
        #expect(found.map(\.subject) == ["/data disk"])
        // A file system of which nothing is mounted was not looked at, and is not healthy.
        var blind = FilesystemSampler(ownMounts: { "" }, usage: { _ in .success(full) })
        let none = await blind.sample(context(folder, at: 0))
        guard case .unobserved(let reason, let text)? = none.first(where: { $0.check == "NodeDisk" })?.result else {
            Issue.record("\(none)")
            return
        }
        #expect(reason == .sourceMissing)
        #expect(text.contains("nothing of it is mounted into this pod"))
    }

    /// Only what is of a file and was never written may be let go of: the rest would be lost.
    @Test func onlyUntouchedPagesOfFilesAreLetGo() throws {
        let maps = """
            1000-3000 r-xp 00000000 08:01 77 /usr/bin/ke-agent
            Rss:                   8 kB
            Anonymous:             0 kB
            VmFlags: rd ex mr mw me
            3000-4000 r--p 00002000 08:01 77 /usr/bin/ke-agent
            Anonymous:             4 kB
            4000-6000 r--p 00003000 08:01 77 /usr/bin/ke-agent
            Anonymous:             0 kB
            6000-7000 rw-p 00005000 08:01 77 /usr/bin/ke-agent
            Anonymous:             0 kB
            7000-8000 r--s 00000000 08:01 78 /var/log/journal/x/system.journal
            Anonymous:             0 kB
            8000-9000 r-xp 00000000 00:00 0 [vdso]
            Anonymous:             0 kB

            """
        let found = StartupPages.untouched(maps)
        #expect(found.map(\.start) == [0x1000, 0x4000])
        #expect(found.map(\.length) == [0x2000, 0x2000])
        // On this very process: it goes on living.
        StartupPages.release()
        #expect(!StartupPages.untouched(try String(contentsOfFile: "/proc/self/smaps", encoding: .utf8)).isEmpty)
    }
}
