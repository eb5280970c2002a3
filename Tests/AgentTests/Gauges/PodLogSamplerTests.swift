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
}
