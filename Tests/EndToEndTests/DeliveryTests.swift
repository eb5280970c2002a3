import Foundation
import Hummingbird
import Logging
import Synchronization
import TestSupport
import Testing

@testable import AgentState
@testable import AggregatorMetrics
@testable import Delivery
@testable import Findings
@testable import HTTP
@testable import LogReading
@testable import LogSources
@testable import Platform
@testable import Store
@testable import Web
@testable import Wire

/// The deliverer against the real ingest door and store, with time in the test's hand.
@Suite struct DeliveryTests {
    private let quiet = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }

    private func deliverer(
        _ port: Int, _ ledger: SourceLedger, _ states: StateTable, _ observations: ObservationTable, _ signal: Signal,
        _ clock: ManualClock
    ) -> Deliverer {
        Deliverer(
            client: AggregatorClient(
                .init(url: "http://127.0.0.1:\(port)", node: "n", agentID: "a"), http: HTTPClient()),
            ledgers: { [ledger] },
            states: states,
            observations: observations, signal: signal, clock: clock, logger: quiet, bootID: "b", stateFolder: nil,
            epoch: 1,
            firstStart: { .since($0 - 3600) }, vitals: { Vitals() }, instructed: { _ in })
    }

    private func serve(_ store: SQLiteStore, _ port: Int, _ clock: ManualClock) -> Task<Void, any Error> {
        let routes = AggregatorRoutes(store: store, metrics: IngestMetrics(), clock: clock, logger: quiet)
        let quiet = quiet
        return Task {
            try await Application(
                router: routes.ingestRouter(), configuration: .init(address: .hostname("127.0.0.1", port: port)),
                logger: quiet
            ).run()
        }
    }

    private func occurrence(_ subject: String, _ time: Timestamp) -> Occurrence {
        Occurrence(
            Detection(
                check: "C", rule: "r", reason: "R", severity: .warning, object: .node("n"), subject: subject,
                message: "m"), time: time,
            evidence: [Evidence(source: "s", origin: "p", time: time, text: "t")])
    }

    @Test func anAggregatorThatWasDownForAnHourGetsEverythingOnce() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock(), signal = Signal(), port = freePort()
        let begun = clock.now()
        let ledger = SourceLedger(source: "s") { signal.set() }
        let states = StateTable { signal.set() }
        let deliverer = deliverer(port, ledger, states, ObservationTable { signal.set() }, signal, clock)
        let running = Task { await deliverer.run(initial: nil, lastStoreID: nil) }
        for index in 0..<100 {
            ledger.add([occurrence("\(index % 10)", clock.now())], position: "p\(index)", resume: nil)
        }
        // An hour of retries passes. Two are asleep: what expires states, and the deliverer until its next try.
        while clock.now().seconds(since: begun) < 3600 {
            await clock.waitForSleepers(2)
            clock.advance(by: Backoff.capSeconds)
        }
        #expect(ledger.waitingCount == 10)
        let store = try SQLiteStore(path: folder.path + "/s.sqlite", newID: "s", now: clock.now())
        let server = serve(store, port, clock)
        defer { server.cancel() }
        func counts() async throws -> [Int] {
            try await store.snapshot(since: Timestamp(microseconds: 0), now: clock.now()).findings.map(\.count)
        }
        #expect(
            await eventually(seconds: 30) {
                clock.advance(by: Backoff.capSeconds)
                return (try? await counts()) == Array(repeating: 10, count: 10)
            })
        #expect(await eventually { ledger.waitingCount == 0 })
        #expect(ledger.committed.committed == "p99")
        running.cancel()
        signal.set()
        #expect(await ends { await running.value })
    }

    @Test func anotherCommittedPositionMakesTheSourceReadAgain() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock(), signal = Signal(), port = freePort()
        let store = try SQLiteStore(path: folder.path + "/s.sqlite", newID: "s", now: clock.now())
        let server = serve(store, port, clock)
        defer { server.cancel() }
        var batch = Batch(
            node: "n", agentID: "old", epoch: 0, sequence: 1, bootID: "b", sentAt: clock.now(),
            sources: [.init(source: "s", from: nil, to: "p5", resume: "p3", occurrences: [])], states: [],
            observations: nil, vitals: Vitals())
        batch.version = Batch.version
        _ = try await store.apply(batch, at: clock.now())
        let ledger = SourceLedger(source: "s") { signal.set() }
        // This agent's checkpoint is older than what is committed.
        ledger.align(committed: "p1", resume: nil, firstStart: .since(clock.now()))
        _ = ledger.restarted()
        ledger.add([occurrence("x", clock.now())], position: "p2", resume: nil)
        let deliverer = deliverer(
            port, ledger, StateTable { signal.set() }, ObservationTable { signal.set() }, signal, clock)
        let running = Task { await deliverer.run(initial: nil, lastStoreID: nil) }
        #expect(
            await eventually {
                clock.advance(by: Backoff.capSeconds)
                return ledger.order == .restart(.at("p3"))
            })
        let (until, _) = ledger.restarted()
        #expect(until == "p5", "what is up to there rebuilds state and is not sent again")
        #expect(ledger.waitingCount == 0)
        running.cancel()
        signal.set()
        #expect(await ends { await running.value })
    }

    @Test func aFullLedgerMakesTheSourceWait() {
        let ledger = SourceLedger(source: "s") {}
        for index in 0..<SourceLedger.occurrencesMax {
            ledger.add([occurrence("\(index)", Timestamp(seconds: 1))], position: "p", resume: nil)
        }
        #expect(ledger.isFull)
        ledger.add([occurrence("1", Timestamp(seconds: 2))], position: "q", resume: nil)
        let cut = ledger.nextCut(always: false)
        #expect(cut?.occurrences.count == SourceLedger.occurrencesMax)
        #expect(cut?.occurrences.reduce(0) { $0 + $1.count } == SourceLedger.occurrencesMax + 1)
        #expect(!ledger.isFull)
        #expect(ledger.nextCut(always: true) == cut, "the same cut until it is acknowledged")
        ledger.acknowledge()
        #expect(ledger.nextCut(always: true) == nil)
    }

    @Test func aBatchThatIsRefusedForEverIsGivenUpAndCounted() {
        let ledger = SourceLedger(source: "s") {}
        ledger.add(
            [occurrence("a", Timestamp(seconds: 1)), occurrence("b", Timestamp(seconds: 1))], position: "p", resume: nil
        )
        _ = ledger.nextCut(always: false)
        #expect(ledger.dropCutFindings() == 2)
        #expect(ledger.nextCut(always: false)?.to == "p", "the position still moves")
    }

    @Test func aLostAnswerIsNotALostBatch() {
        let ledger = SourceLedger(source: "s") {}
        ledger.add([occurrence("a", Timestamp(seconds: 1))], position: "p", resume: nil)
        _ = ledger.nextCut(always: false)
        ledger.add([occurrence("b", Timestamp(seconds: 2))], position: "q", resume: nil)
        ledger.align(committed: "p", resume: nil, firstStart: .since(Timestamp(seconds: 0)))
        #expect(ledger.order == .proceed)
        #expect(ledger.nextCut(always: false)?.from == "p")
        #expect(ledger.nextCut(always: false)?.occurrences.map(\.detection.subject) == ["b"])
    }
}
