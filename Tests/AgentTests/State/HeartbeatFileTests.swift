import TestSupport
import Testing

@testable import AgentState
@testable import Platform

@Suite struct HeartbeatFileTests {
    private let folder = try? TemporaryFolder()
    private let clock = ManualClock()

    /// Of a state folder that no other test has.
    private func file() throws -> HeartbeatFile { HeartbeatFile(stateDir: try #require(folder).path) }

    @Test func tellsWhetherReportsAreTaken() throws {
        let file = try file()
        let state = HeartbeatState(file, clock: clock)
        #expect(throws: SystemError.self) { try file.read(now: clock.now()) }
        try state.beat()
        #expect(try file.read(now: clock.now()).reporting == .unknown)
        let since = clock.now()
        state.note("open /etc/kubeeye/ca/ca.crt:\nNo such file or directory")
        clock.advance(by: 5)
        state.note("connection refused")
        let silent = try file.read(now: clock.now())
        #expect(silent.reporting == .no(since: since, reason: "connection refused"))
        #expect(silent.age == 0)
        state.note(nil)
        #expect(try file.read(now: clock.now()).reporting == .yes)
        clock.advance(by: 7)
        #expect(try file.read(now: clock.now()).age == 7)
    }

    @Test func keepsAReasonOnOneLineAndShort() throws {
        let file = try file()
        let state = HeartbeatState(file, clock: clock)
        state.note("first\nsecond " + String(repeating: "x", count: 10_000))
        guard case .no(_, let reason) = try file.read(now: clock.now()).reporting else {
            Issue.record("it does not report")
            return
        }
        #expect(reason.hasPrefix("first"))
        #expect(reason.contains("second"))
        #expect(reason.utf8.count <= 600)
    }

    @Test func readsWhatEarlierVersionsWrote() throws {
        let file = try file()
        let now = clock.now()
        try Files.writeAtomically(Array(String(now.microseconds).utf8), to: file.path)
        let read = try file.read(now: now + 3)
        #expect(read.age == 3)
        #expect(read.reporting == .unknown)
    }
}
