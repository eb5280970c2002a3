import TestSupport
import Testing

@testable import AgentState
@testable import Findings
@testable import Platform

@Suite struct StateExpiryTests {
    @Test func endsWhatHasReachedItsAge() async throws {
        let clock = ManualClock()
        let states = StateTable {}, observations = ObservationTable {}
        var state = StateReport(
            Detection(
                check: "C", rule: "r", reason: "R", severity: .info, object: .node("n"), subject: "", message: "m"),
            since: clock.now(), last: clock.now(), owner: "o", bootID: "b", evidence: [])
        state.expires = clock.now() + 10
        states.set(state)
        observations.note(
            Observation(
                check: "LogGap", source: "s", outcome: .unobserved, reason: .truncated, since: clock.now(), detail: ""))
        let service = StateExpiry(states: states, observations: observations, clock: clock)
        let running = Task { try await service.run() }
        await clock.waitForSleepers(1)
        clock.advance(by: 9)
        await clock.waitForSleepers(1)
        #expect(states.active.count == 1)
        clock.advance(by: 1)
        await clock.waitForSleepers(1)
        #expect(states.active.isEmpty)
        #expect(observations.all.map(\.outcome) == [.unobserved])
        clock.advance(by: StateExpiry.gapSeconds)
        await clock.waitForSleepers(1)
        #expect(observations.all.map(\.outcome) == [.healthy])
        running.cancel()
        #expect(await ends { try? await running.value })
    }
}
