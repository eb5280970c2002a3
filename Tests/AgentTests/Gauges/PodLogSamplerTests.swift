import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Gauges
@testable import Host
@testable import Platform

@Suite struct PodLogSamplerTests {
    private func checks(
        _ line: String, mode: AgentConfiguration.PodLogs = .phrases, files: [String] = ["0.log", "1.log"]
    ) async throws -> [Detection] {
        let folder = try TemporaryFolder()
        for file in files {
            try folder.write(
                file == "0.log" ? "2024-01-01T00:00:00Z stderr F \(line)\n" : "",
                to: "var/log/pods/ns_web-1_uid-1/app/\(file)")
        }
        var sampler = try PodLogSampler(mode: mode)
        let context = SampleContext(
            host: HostRoot(folder.path), node: .node("n"), now: .now(), uptimeSeconds: 1, thresholds: AgentLimits())
        return await sampler.sample(context).flatMap { outcome -> [Detection] in
            if case .observed(let found) = outcome.result { found } else { [] }
        }
    }

    @Test(arguments: [
        ("open /etc/x: no such file or directory", "PodNoSuchFileOrDirectory"),
        ("read /data/x: input/output error", "PodIOError"),
        ("Buffer I/O error on dev dm-0, logical block 1308098575", "PodIOError"),
        ("open /dev/tty: no such device or address", "PodNoSuchDeviceOrAddress"),
        ("bash: echo: write error: Invalid argument", "PodInvalidArgument"),
        ("OSError: [Errno 22] Invalid argument: '/data/a:b'", "PodInvalidArgument"),
        ("mount src=proc, dst=/proc: invalid argument: unknown", "PodInvalidArgument"),
        ("unlinkat /var/lib/x: device or resource busy", "PodDeviceOrResourceBusy"),
        ("mkdir /data: file exists", "PodFileExists"),
        ("FileExistsError: [Errno 17] File exists: '/data'", "PodFileExists"),
        ("accept: too many open files", "PodTooManyOpenFiles"),
        ("write /var/log/a: no space left on device", "PodNoSpaceLeftOnDevice"),
        ("exec /bin/app: exec format error", "PodExecFormatError"),
        ("sh: /data/run: Permission denied", "PodPermissionDenied"),
    ])
    func findsThePhrase(_ line: String, _ check: String) async throws {
        #expect(try await checks(line).map(\.check) == [check])
    }

    @Test(arguments: [
        "lookup db: no such host", "executable file not found in $PATH", "dial tcp 10.0.0.1:443: i/o timeout",
        "0 I/O errors", "no such device",
        "Error: invalid argument \"x\" for \"--port\" flag", "rpc error: code = InvalidArgument desc = bad name",
        "Server is busy",
        "deployments.apps \"web\" already exists", "config file exists, skipping", "429 Too Many Requests",
        "Insufficient ephemeral-storage.",
    ])
    func passesOverOtherWords(_ line: String) async throws { #expect(try await checks(line).isEmpty) }

    @Test func sendsThePhraseAndNeverTheLine() async throws {
        let found = try await checks("customer 4711: write /var/log/a: no space left on device")
        #expect(found.first?.message.contains("4711") == false)
        #expect(found.first?.object == ObjectReference(kind: "Pod", namespace: "ns", name: "web-1", uid: "uid-1"))
        #expect(found.first?.subject == "app")
        let full = try await checks("password=hunter2 no space left on device", mode: .full)
        #expect(full.first?.message.contains("[redacted] no space") == true)
    }

    @Test func readsOnlyEndedRuns() async throws {
        #expect(try await checks("accept: too many open files", files: ["0.log"]).isEmpty)
        #expect(try await checks("accept: too many open files", mode: .off).isEmpty)
    }

    /// A real kubelet keeps one dead container: what crashes at once has one log, of whatever number.
    private struct Crash {
        let folder = try? TemporaryFolder()
        let id = String(repeating: "ab", count: 32)

        func write(_ text: String, run: Int, isLinked: Bool = true) throws {
            let folder = try #require(folder)
            let log = "ns_web-1_11111111-2222-3333-4444-555555555555/app/\(run).log"
            try folder.write("2024-01-01T00:00:00Z stderr F \(text)\n", to: "var/log/pods/\(log)")
            guard isLinked else { return }
            try FileManager.default.createDirectory(
                atPath: folder.path + "/var/log/containers", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/var/log/containers/web-1_ns_app-\(id).log",
                withDestinationPath: "/var/log/pods/\(log)")
        }

        /// The container's cgroup, as the two drivers spell it.
        func setRunning(_ isRunning: Bool, root: String = "/sys/fs/cgroup/pids/kubepods") throws {
            let folder = try #require(folder)
            let systemd = root.hasSuffix(".slice")
            let pod =
                systemd
                ? "kubepods-pod11111111_2222_3333_4444_555555555555.slice" : "pod11111111-2222-3333-4444-555555555555"
            let group = "\(root)/\(pod)/" + (systemd ? "cri-containerd-\(id).scope" : id)
            if isRunning {
                try folder.write("", to: String(group.dropFirst()) + "/cgroup.procs")
            } else {
                try? FileManager.default.removeItem(atPath: folder.path + group)
                try folder.write("", to: String("\(root)/\(pod)".dropFirst()) + "/cgroup.procs")
            }
        }

        func look(_ sampler: inout PodLogSampler) async throws -> [String] {
            let context = SampleContext(
                host: HostRoot(try #require(folder).path), node: .node("n"), now: .now(), uptimeSeconds: 1,
                thresholds: AgentLimits())
            return await sampler.sample(context).flatMap { outcome -> [String] in
                if case .observed(let found) = outcome.result { found.map(\.check) } else { ["unobserved"] }
            }
        }
    }

    @Test(arguments: [
        "/sys/fs/cgroup/pids/kubepods", "/sys/fs/cgroup/kubepods.slice", "/sys/fs/cgroup/kubelet/kubepods",
    ])
    func findsACrashWithOneLog(_ root: String) async throws {
        let crash = Crash()
        var sampler = try PodLogSampler(mode: .phrases)
        try crash.write("cat: /data/config.json: No such file or directory", run: 9)
        try crash.setRunning(true, root: root)
        #expect(try await crash.look(&sampler) == [], "it may just have said so and go on")
        try crash.setRunning(false, root: root)
        #expect(try await crash.look(&sampler) == ["PodNoSuchFileOrDirectory"])
        #expect(try await crash.look(&sampler) == ["PodNoSuchFileOrDirectory"], "until another run ends")
    }

    @Test func passesOverAFirstRunThatEnded() async throws {
        let crash = Crash()
        var sampler = try PodLogSampler(mode: .phrases)
        try crash.write("cat: /data/config.json: No such file or directory", run: 0)
        try crash.setRunning(false)
        #expect(try await crash.look(&sampler) == [], "an init container or a Job that is done has one log as well")
    }

    @Test func takesALogThatStandsAloneForEndedWhereNobodyCanTell() async throws {
        let crash = Crash()
        var sampler = try PodLogSampler(mode: .phrases)
        try crash.write("exec /bin/app: exec format error", run: 3, isLinked: false)
        #expect(try await crash.look(&sampler) == ["PodExecFormatError"])
    }
}
