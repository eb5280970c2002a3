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
    private let table: any ReportFormat = TableFormat(isWide: false)

    private func shared(nodes: Int = 3, generation: Int = 1) -> SharedState {
        var state = LargeFleet.state(LargeFleet.findings(nodes: nodes), nodes: nodes)
        state.generation = .init(number: generation, seconds: 0.1)
        return SharedState(state)
    }

    private func isWritten(_ content: ReportContent, _ layout: ReportLayout) -> Bool {
        content.isWritten(RenderedTexts.Key(table, layout))
    }

    @Test func whatOneReaderGotIsNotWrittenAgainForTheNext() throws {
        let shared = shared(), key = SharedState.Key(ReportOptions())
        #expect(shared.known(key, at: now) == nil)
        let content = shared.content(key, at: now)
        let layout = ReportLayout()
        #expect(!isWritten(content, layout))
        let first = try table.render(content, layout)
        let again = try #require(shared.known(key, at: now))
        #expect(isWritten(again, layout))
        #expect(try table.render(again, layout) == first)
        var narrow = layout
        narrow.width = 80
        #expect(!isWritten(again, narrow))
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

    /// A large report that is asked for all the time is made of the next state before it is asked for again.
    @Test func readersOfLargeReportsWaitForNone() async throws {
        let keeper = ReportKeeper(), first = shared(nodes: 200), next = shared(nodes: 200, generation: 2)
        let asked = ReportKeeper.Asked(.init(ReportOptions()), .init(table, ReportLayout()))
        let at = first.state.generatedAt
        #expect(keeper.state(with: asked, at: at) == nil)
        let number = await keeper.make(asked, of: first, at: at) { content, _ in
            content.write(asked.text)
            return content.head.generation?.number
        }
        #expect(number == 1)
        #expect(keeper.state(with: asked, at: at)?.0 === first)
        await keeper.prepare(next, at: at)
        let (state, content) = try #require(keeper.state(with: asked, at: at))
        #expect(state === next)
        #expect(isWritten(content, ReportLayout()))
        #expect(keeper.state(with: asked, at: at + ReportKeeper.askedSeconds + 1) == nil, "nobody asks any more")
        let other = ReportKeeper.Asked(.init(ReportOptions()), .init(table, ReportLayout(limit: 5)))
        #expect(keeper.state(with: other, at: at) == nil)
        #expect(keeper.state(with: asked, at: at + ReportKeeper.ageSecondsMax + 1) == nil, "too old")
    }

    @Test func smallReportsAreAlwaysOfTheNewestState() async {
        let keeper = ReportKeeper(), small = shared()
        let asked = ReportKeeper.Asked(.init(ReportOptions()), nil)
        _ = await keeper.make(asked, of: small, at: now) { content, _ in content.findingCount }
        #expect(keeper.state(with: asked, at: small.state.generatedAt) == nil)
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
