import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AgentState
@testable import Findings
@testable import Host
@testable import Platform
@testable import RuleEngine

@Suite struct PodLogDirectoryTests {
    private final class Problems: Sendable {
        let all = Mutex<[SystemError?]>([])
        var count: Int { all.withLock { $0.count } }
    }

    private static let uid = "0b1ad4a6-2b7f-4c63-8f0e-1d3f7c9d5a10"

    private func path() throws -> CgroupPath {
        let id = String(repeating: "a", count: 64)
        return try #require(CgroupPath("/kubepods/burstable/pod\(Self.uid)/\(id)"))
    }

    @Test func namesThePodAndItsOnlyContainer() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "var/log/pods/ns_web-1_\(Self.uid)/app/0.log")
        let problems = Problems()
        let directory = PodLogDirectory(host: HostRoot(folder.path), clock: ManualClock()) { problem in
            problems.all.withLock { $0.append(problem) }
        }
        let (pod, container) = directory.resolve(try path())
        #expect(pod == ObjectReference(kind: "Pod", namespace: "ns", name: "web-1", uid: Self.uid))
        #expect(container == "app")
        #expect(problems.count == 0)
    }

    @Test func noFolderIsNoProblem() throws {
        let folder = try TemporaryFolder()
        let problems = Problems()
        let directory = PodLogDirectory(host: HostRoot(folder.path), clock: ManualClock()) { problem in
            problems.all.withLock { $0.append(problem) }
        }
        #expect(directory.resolve(try path()).pod.uid == Self.uid)
        #expect(problems.count == 0)
    }

    /// Told once, and taken back when the folder can be read again.
    @Test func saysThatTheFolderCannotBeRead() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/var/log", withIntermediateDirectories: true)
        // A link to itself cannot be opened, whoever asks.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/var/log/pods", withDestinationPath: "pods")
        let problems = Problems(), clock = ManualClock()
        let directory = PodLogDirectory(host: HostRoot(folder.path), clock: clock) { problem in
            problems.all.withLock { $0.append(problem) }
        }
        for _ in 0..<3 {
            #expect(directory.resolve(try path()).pod.name == "")
            clock.advance(by: PodLogDirectory.refreshSeconds)
        }
        #expect(problems.all.withLock { $0.map { $0?.call } } == ["opendir"])
        try FileManager.default.removeItem(atPath: folder.path + "/var/log/pods")
        try folder.write("", to: "var/log/pods/ns_web-1_\(Self.uid)/app/0.log")
        #expect(directory.resolve(try path()).pod.name == "web-1")
        #expect(problems.all.withLock { $0.map { $0?.call } } == ["opendir", nil])
    }
}
