import CheckModel
import Foundation
import Logging
import TestSupport
import Testing

@testable import Evaluation
@testable import Platform
@testable import Report
@testable import Store
@testable import Watch
@testable import Wire

/// What several readers of one state get.
@Suite struct SharedStateTests {
    private let now = Make.start
    private let table = ReportFormats.all[0]

    private func shared(nodes: Int = 3, generation: Int = 1) -> SharedState {
        var state = LargeFleet.state(LargeFleet.findings(nodes: nodes), nodes: nodes)
        state.generation = .init(number: generation, seconds: 0.1)
        return SharedState(state)
    }

    @Test func whatOneReaderGotIsNotWrittenAgainForTheNext() throws {
        let shared = shared(), key = SharedState.Key(ReportOptions())
        #expect(shared.known(key, at: now) == nil)
        let content = shared.content(key, at: now)
        let layout = ReportLayout()
        #expect(!content.isWritten(table, layout))
        let first = try table.render(content, layout)
        let again = try #require(shared.known(key, at: now))
        #expect(again.isWritten(table, layout))
        #expect(try table.render(again, layout) == first)
        var narrow = layout
        narrow.width = 80
        #expect(!again.isWritten(table, narrow))
        #expect(shared.known(.init(ReportOptions(node: "node-00001")), at: now) == nil)
        #expect(shared.known(.init(ReportOptions(), notes: ["n"]), at: now) == nil)
    }

    @Test func theTableIsTheSameWhetherItWasWrittenBeforeOrNot() throws {
        let shared = shared(nodes: 40)
        let alone = ReportBuilder(state: shared.state, options: ReportOptions()).content()
        for format in ReportFormats.all {
            let kept = shared.content(.init(ReportOptions()), at: now)
            let first = try format.render(kept, ReportLayout())
            #expect(try format.render(kept, ReportLayout()) == first)
            #expect(try format.render(alone.report, ReportLayout()) == first, "\(format.id)")
        }
    }

    @Test func theHeaderSaysWhichEvaluationAndHowOldItIs() throws {
        let content = shared(generation: 7).content(.init(ReportOptions()), at: now)
        _ = try table.render(content.aged(0), ReportLayout())
        let later = try table.render(content.aged(12), ReportLayout())
        #expect(later.split(separator: "\n").first?.hasSuffix("evaluation 7, 12s ago") == true)
        var chinese = ReportLayout()
        chinese.language = .zh
        let words = try table.render(content.aged(12), chinese)
        #expect(words.split(separator: "\n").first?.hasSuffix("第 7 次评估，12s 前") == true)
        let json = try ReportFormats.compact.render(content.aged(2.5), ReportLayout())
        let read = try JSONDecoder().decode(Report.self, from: Data(json.utf8)).generation
        #expect(read == Report.Generation(number: 7, ageSeconds: 2.5))
    }

    @Test func theNextStateHasWhatReadersOfTheLastOneAskedFor() throws {
        let earlier = shared(), asked = SharedState.Key(ReportOptions()),
            old = SharedState.Key(ReportOptions(node: "a"))
        _ = try table.render(earlier.content(asked, at: now), ReportLayout())
        _ = earlier.content(old, at: now - SharedState.askedSeconds - 1)
        let next = shared(generation: 2)
        next.prepare(like: earlier, at: now)
        #expect(next.known(old, at: now) == nil)
        let content = try #require(next.known(asked, at: now))
        #expect(content.isWritten(table, ReportLayout()))
        #expect(content.head.generation?.number == 2)
    }

    /// A large report holds the order of all its rows.
    @Test func fewLargeReportsAreKept() {
        let shared = shared(nodes: 200)
        let keys = (0..<SharedState.largeMax + 2).map { SharedState.Key(ReportOptions(), notes: ["\($0)"]) }
        for (place, key) in keys.enumerated() { _ = shared.content(key, at: now + Double(place)) }
        #expect(keys.count { shared.known($0, at: now) != nil } == SharedState.largeMax)
        #expect(shared.known(keys[0], at: now) == nil, "the one that was asked for longest ago goes")
        let small = (0..<SharedState.smallMax + 9).map { SharedState.Key(ReportOptions(node: "node-\($0)")) }
        for (place, key) in small.enumerated() { _ = shared.content(key, at: now + Double(place)) }
        #expect(small.count { shared.known($0, at: now) != nil } == SharedState.smallMax)
        #expect(keys.count { shared.known($0, at: now) != nil } == SharedState.largeMax)
    }

    @Test func oneStateIsEvaluatedForAllReadersOfOtherOptions() async throws {
        let clock = ManualClock(now)
        let store = MemoryStore(newID: "s", now: now)
        let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        let states = StateEvaluator(cluster: nil, store: store, clock: clock, logger: logger)
        let evaluator = ReportEvaluator(cluster: nil, states: states, clock: clock)
        await states.update()
        func read(_ options: ReportOptions) async throws -> SharedState {
            try await evaluator.shared(options, more: .init()) { () async throws(StoreError) -> Snapshot in
                try await store.snapshot(since: now - 86_400, now: clock.now())
            }
        }
        let usual = try await read(ReportOptions(node: "n1"))
        #expect(usual === states.current)
        let day = try await read(ReportOptions(windowSeconds: 86_400))
        #expect(try await read(ReportOptions(windowSeconds: 86_400, node: "n1")) === day)
        #expect(try await read(ReportOptions(windowSeconds: 7200)) !== day)
        let again = try await read(ReportOptions(windowSeconds: 86_400))
        clock.advance(by: StateEvaluator.asideSeconds + 1)
        #expect(try await read(ReportOptions(windowSeconds: 86_400)) !== again)
    }
}
