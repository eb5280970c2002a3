import TestSupport
import Testing

@testable import Findings
@testable import Gauges
@testable import Host
@testable import Platform

@Suite struct JournaldSamplerTests {
    private let folder: TemporaryFolder
    private let state = JournaldState()

    init() throws { folder = try TemporaryFolder() }

    private func process(_ pid: Int, _ name: String, _ state: String, switches: Int = 5) throws {
        let numbers = Array(repeating: "0", count: 18).joined(separator: " ")
        try folder.write("\(pid) (\(name)) \(state) 1 \(numbers) 100 200 300\n", to: "proc/\(pid)/stat")
        try folder.write("voluntary_ctxt_switches:\t\(switches)\n", to: "proc/\(pid)/status")
    }

    private func look(_ sampler: inout JournaldSampler, at uptime: Double = 1000) async -> SampleOutcome.Result? {
        let context = SampleContext(
            host: HostRoot(folder.path), node: .node("n"), now: Timestamp(seconds: 1_700_000_000),
            uptimeSeconds: uptime, thresholds: AgentLimits())
        return await sampler.sample(context).first?.result
    }

    private func messages(_ result: SampleOutcome.Result?) -> [String]? {
        if case .observed(let found)? = result { return found.map(\.message) }
        return nil
    }

    @Test func oneThatRunsIsHealthy() async throws {
        try process(1, "systemd", "S")
        try process(300, "systemd-journal", "S")
        var sampler = JournaldSampler(state)
        #expect(messages(await look(&sampler)) == [])
        #expect(state.trouble == nil)
    }

    @Test func aMachineWithoutOneIsNotObserved() async throws {
        try process(1, "sh", "S")
        var sampler = JournaldSampler(state)
        guard case .unobserved(.sourceMissing, _)? = await look(&sampler) else {
            Issue.record("it is judged")
            return
        }
    }

    @Test(arguments: ["T", "t", "Z"]) func oneThatCannotWriteIsFoundAtTheSecondLook(_ letter: String) async throws {
        try process(1, "systemd", "S")
        try process(300, "systemd-journal", letter)
        var sampler = JournaldSampler(state)
        #expect(messages(await look(&sampler)) == [])
        #expect(messages(await look(&sampler))?.count == 1)
        #expect(state.trouble != nil)
        try process(300, "systemd-journal", "S")
        #expect(messages(await look(&sampler)) == [])
        #expect(state.trouble == nil)
    }

    @Test func oneThatIsGoneIsFound() async throws {
        try process(1, "systemd", "S")
        var sampler = JournaldSampler(state)
        _ = await look(&sampler)
        #expect(messages(await look(&sampler)) == ["systemd-journald is not running: nothing new is in the journal"])
    }

    /// In a container whose first process is another one, what was seen once is missed.
    @Test func oneThatWasSeenIsMissed() async throws {
        try process(1, "tini", "S")
        try process(300, "systemd-journal", "S")
        var sampler = JournaldSampler(state)
        #expect(messages(await look(&sampler)) == [])
        try process(300, "sh", "S")
        _ = await look(&sampler)
        #expect(messages(await look(&sampler))?.count == 1)
    }

    @Test func oneThatWaitsForItsDiskIsGivenAMinute() async throws {
        try process(1, "systemd", "S")
        try process(300, "systemd-journal", "D")
        var sampler = JournaldSampler(state)
        for uptime in [1000.0, 1030, 1059] { #expect(messages(await look(&sampler, at: uptime)) == []) }
        _ = await look(&sampler, at: 1065)
        #expect(messages(await look(&sampler, at: 1070))?.count == 1)
        // It moved: only slow.
        try process(300, "systemd-journal", "D", switches: 6)
        #expect(messages(await look(&sampler, at: 1075)) == [])
    }
}
