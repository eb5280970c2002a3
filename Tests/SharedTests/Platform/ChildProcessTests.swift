import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite struct ChildProcessTests {
    private func shell(_ script: String, seconds: Double = 20, bytes: Int = 100, environment: [String]? = nil)
        -> ChildProcess
    {
        ChildProcess(
            path: "/bin/sh", arguments: ["-c", script], environment: environment, timeoutSeconds: seconds,
            outputBytesMax: bytes)
    }

    private func text(_ result: ChildProcess.Result) -> String { String(decoding: result.output, as: UTF8.self) }

    @Test func givesOutputAndStatus() async throws {
        let fine = try await shell("echo out; echo err >&2").run()
        #expect(fine.end == .exited(status: 0))
        #expect(text(fine) == "out\n")
        #expect(!fine.isOutputCut)
        #expect(try await shell("exit 3").run().end == .exited(status: 3))
        #expect(try await shell("kill -9 $$").run().end == .killed(signal: 9))
    }

    @Test func standardInputIsEmpty() async throws {
        let result = try await shell("cat; echo end").run()
        #expect(text(result) == "end\n")
    }

    @Test func takesItsEnvironment() async throws {
        let result = try await shell("echo $X$HOME", environment: ["X=1"]).run()
        #expect(text(result) == "1\n")
    }

    @Test func outputOverTheLimitIsDroppedAndSaid() async throws {
        let result = try await shell("head -c 500000 /dev/zero | tr '\\0' x; exit 1").run()
        #expect(result.end == .exited(status: 1))
        #expect(result.output.count == 100)
        #expect(result.isOutputCut)
    }

    @Test func ignoredSignalsAreNotHandedDown() async throws {
        let before = signal(SIGUSR1, SIG_IGN)
        defer { signal(SIGUSR1, before) }
        #expect(try await shell("kill -USR1 $$; echo alive").run().end == .killed(signal: SIGUSR1))
    }

    @Test func whatCannotBeStartedIsAnError() async throws {
        let program = ChildProcess(path: "/nonexistent/program", timeoutSeconds: 1, outputBytesMax: 1)
        await #expect(throws: SystemError(call: "posix_spawn", path: "/nonexistent/program", code: ENOENT)) {
            try await program.run()
        }
    }

    private func isGone(_ folder: TemporaryFolder) async throws -> Bool {
        let text = try String(contentsOfFile: folder.path + "/child", encoding: .utf8)
        let child = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        return await eventually {
            // Gone, or a zombie that somebody else reaps.
            let stat = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? "x) Z"
            return stat.split(separator: ")").last?.hasPrefix(" Z") != false
        }
    }

    @Test func theDeadlineKillsTheWholeGroup() async throws {
        let folder = try TemporaryFolder()
        let result = try await shell("sleep 60 & echo $! > \(folder.path)/child; echo out; sleep 60", seconds: 0.5)
            .run()
        #expect(result.end == .timedOut)
        #expect(text(result) == "out\n")
        #expect(try await isGone(folder))
    }

    @Test func whatIsLeftRunningGoesWithTheProgram() async throws {
        let folder = try TemporaryFolder()
        let result = try await shell("sleep 60 & echo $! > \(folder.path)/child").run()
        #expect(result.end == .exited(status: 0))
        #expect(try await isGone(folder))
    }

    @Test func cancellationKillsTheGroup() async throws {
        let folder = try TemporaryFolder()
        let program = shell("echo $$ > \(folder.path)/child; sleep 60", seconds: 60)
        let task = Task { try await program.run() }
        #expect(await eventually { FileManager.default.fileExists(atPath: folder.path + "/child") })
        task.cancel()
        #expect(try await task.value.end == .cancelled)
        #expect(try await isGone(folder))
    }

    @Test func inTheTerminalItHasOurStreamsAndOurGroup() async throws {
        #expect(
            try await ChildProcess.runInTerminal(path: "/bin/sh", arguments: ["-c", "exit 4"]) == .exited(status: 4))
        let folder = try TemporaryFolder()
        let script = "ps -o pgid= -p $$ > \"$1\"; kill -15 $$"
        let end = try await ChildProcess.runInTerminal(
            path: "/bin/sh", arguments: ["-c", script, "sh", folder.path + "/group"])
        #expect(end == .killed(signal: 15))
        let group = try String(contentsOfFile: folder.path + "/group", encoding: .utf8)
        #expect(group.trimmingCharacters(in: .whitespacesAndNewlines) == "\(getpgrp())")
        await #expect(throws: SystemError.self) {
            try await ChildProcess.runInTerminal(path: "/nowhere/vi", arguments: [])
        }
    }
}
