import Logging
import TestSupport
import Testing

@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Store
@testable import Watch
@testable import Wire

@Suite struct StateEvaluatorTests {
    private let clock = ManualClock(Make.start)
    private let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }

    private func evaluator(_ store: any Store, _ cluster: ClusterState? = nil) -> StateEvaluator {
        StateEvaluator(cluster: cluster, store: store, clock: clock, logger: logger)
    }

    /// Without the agents' findings an evaluation would be of another cluster.
    @Test func keepsWhatWasConfirmedWhenTheStoreFails() async {
        let cluster = ClusterState(name: "fake", settings: EvaluationSettings(), clock: clock)
        cluster.update { $0.fatal = ["known"] }
        let broken = evaluator(BrokenStore(), cluster)
        await broken.update()
        #expect(cluster.read { $0.fatal } == ["known"])
        #expect(broken.current == nil, "a reader must not take an old state for a fresh one")
        await evaluator(MemoryStore(newID: "s", now: Make.start), cluster).update()
        #expect(cluster.read { !$0.fatal.contains("known") })
    }

    @Test func aBatchIsInTheNextStateAndARepetitionIsNoNewGeneration() async throws {
        let store = MemoryStore(newID: "s", now: Make.start)
        let evaluator = evaluator(store)
        let observed = ObservedStore(store) { batch, now in evaluator.note(batch, at: now) }
        await evaluator.update()
        let first = try #require(evaluator.current?.state.generation)
        let batch = Make.batch(sequence: 1, to: "p1", [Make.occurrence()])
        _ = try await observed.apply(batch, at: clock.now())
        await evaluator.update()
        let state = try #require(evaluator.current?.state)
        #expect(state.findings.count == 1)
        #expect(state.generation?.number == first.number + 1)
        _ = try await observed.apply(batch, at: clock.now())
        await evaluator.update()
        #expect(evaluator.current?.state.generation?.number == first.number + 1)
        #expect(evaluator.current?.state.findings == state.findings)
    }

    @Test func aHeartbeatMovesTheLastReportOnly() async throws {
        let store = MemoryStore(newID: "s", now: Make.start)
        let evaluator = evaluator(store)
        let observed = ObservedStore(store) { batch, now in evaluator.note(batch, at: now) }
        _ = try await observed.apply(Make.batch(sequence: 1, to: "p1"), at: clock.now())
        await evaluator.update()
        clock.advance(by: 30)
        _ = try await observed.apply(Make.batch(sequence: 2, from: "p1", to: "p2"), at: clock.now())
        await evaluator.update()
        #expect(evaluator.current?.state.agents.map(\.lastReport) == [clock.now()])
        #expect(evaluator.current?.state.silent == [])
    }
}
