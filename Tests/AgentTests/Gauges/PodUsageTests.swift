import Foundation
import TestSupport
import Testing

@testable import Gauges
@testable import Host

@Suite struct PodUsageTests {
    private static let uid = "11111111-2222-3333-4444-555555555555", other = "aaaaaaaa-2222-3333-4444-555555555555"

    private func tree(_ files: [String: String]) throws -> (TemporaryFolder, HostRoot) {
        let folder = try TemporaryFolder()
        for (path, text) in files {
            let url = URL(filePath: folder.path + "/sys/fs/cgroup/" + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return (folder, HostRoot(folder.path))
    }

    @Test func readsBothDriversOfVersionTwo() throws {
        let (folder, host) = try tree([
            "kubepods/burstable/pod\(Self.uid)/cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
            "kubepods/burstable/pod\(Self.uid)/memory.current": "1048576\n",
            "kubepods/burstable/pod\(Self.uid)/abc/memory.current": "9\n",
            "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(Self.other.replacing("-", with: "_")).slice/memory.current":
                "2097152\n",
            "system.slice/memory.current": "999999999\n",
        ])
        let all = PodUsage.all(host)
        #expect(
            all == [
                Self.uid: PodUsage(cpuSeconds: 2.5, memoryBytes: 1_048_576),
                Self.other: PodUsage(cpuSeconds: nil, memoryBytes: 2_097_152),
            ])
        #expect(TopPod.memory(all) == ", top: pod \(Self.other) 2.0Mi")
        withExtendedLifetime(folder) {}
    }

    @Test func readsVersionOne() throws {
        let (folder, host) = try tree([
            "cpu,cpuacct/kubepods/pod\(Self.uid)/cpuacct.usage": "3000000000\n",
            "memory/kubepods/pod\(Self.uid)/memory.usage_in_bytes": "4096\n",
        ])
        #expect(PodUsage.all(host) == [Self.uid: PodUsage(cpuSeconds: 3, memoryBytes: 4096)])
        withExtendedLifetime(folder) {}
    }

    @Test func theTopPodIsOfTheTimeBetweenTwoLooks() {
        let old = [Self.uid: PodUsage(cpuSeconds: 1000), Self.other: PodUsage(cpuSeconds: 0)]
        let new = [
            Self.uid: PodUsage(cpuSeconds: 1001), Self.other: PodUsage(cpuSeconds: 38),
            "new": PodUsage(cpuSeconds: 900),
        ]
        #expect(TopPod.cpu(from: old, to: new, seconds: 10) == ", top: pod \(Self.other) 3.8 cores")
        #expect(TopPod.cpu(from: [:], to: new, seconds: 10) == "")
        #expect(TopPod.memory([:]) == "")
        // A counter that fell is another pod's.
        #expect(TopPod.cpu(from: new, to: old, seconds: 10) == "")
    }
}
