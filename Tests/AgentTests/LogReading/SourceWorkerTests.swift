import Synchronization
import TestSupport
import Testing

@testable import AgentState
@testable import Findings
@testable import LogReading
@testable import LogSources
@testable import Platform
@testable import RuleEngine

/// From a source's records to the ledger, with a source that gives what the test says.
@Suite struct SourceWorkerTests {
    private static let start = Timestamp(seconds: 1_700_000_000)

    /// A log in memory, whose positions are places in it. Other than a real one it ends when all has been read.
    private final class ScriptedSource: LogSource {
        let id = "script"
        let selectors: [SourceSelector] = [.kernel]
        private let lines: [(text: String, seconds: Double)]
        /// Called before a record is delivered, with its place.
        private let onDelivery: @Sendable (Int) -> Void
        let delivered = Mutex<[Int]>([])

        init(_ lines: [(String, Double)], onDelivery: @escaping @Sendable (Int) -> Void = { _ in }) {
            self.lines = lines.map { (text: $0.0, seconds: $0.1) }
            self.onDelivery = onDelivery
        }

        func run(from start: SourceStart, into sink: any RecordSink) {
            let record = LogRecord()
            var next = place(of: start)
            while true {
                let place = next
                let answer: SinkAnswer
                if place < lines.count {
                    Array(lines[place].text.utf8).withUnsafeBytes { record.setText($0) }
                    record.time = SourceWorkerTests.start + lines[place].seconds
                    let count = delivered.withLock { delivered in
                        delivered.append(place)
                        return delivered.count
                    }
                    // A worker that asks for the same records for ever must not hold up the test.
                    if count > 100 { return }
                    onDelivery(place)
                    answer = sink.receive(record) { String(place) }
                    next += 1
                } else {
                    answer = sink.caughtUp(position: place == 0 ? nil : String(place - 1))
                    if answer == .proceed { return }
                }
                switch answer {
                case .proceed: break
                case .stop: return
                case .restart(let start): next = self.place(of: start)
                }
            }
        }

        private func place(of start: SourceStart) -> Int {
            switch start {
            case .since(let time): lines.firstIndex { SourceWorkerTests.start + $0.seconds >= time } ?? lines.count
            case .at(let position): Int(position) ?? 0
            case .after(let position): (Int(position) ?? -1) + 1
            }
        }

        func wake() {}
        func isCovered(_ position: String, by committed: String) -> Bool {
            (Int(position) ?? 0) <= (Int(committed) ?? 0)
        }
    }

    private struct Bench {
        static let failures = "  - { id: failure, reason: Failure, pattern: 'failure (?P<n>\\d+)', subject: '{n}' }\n"

        let source: ScriptedSource
        let worker: SourceWorker
        let ledger: SourceLedger
        let states: StateTable
        let observations = ObservationTable {}
        let clock: ManualClock

        init(
            _ source: ScriptedSource, rules: String = Bench.failures,
            ledger: SourceLedger = SourceLedger(source: "script") {},
            states: StateTable = StateTable {}, clock: ManualClock = ManualClock(SourceWorkerTests.start)
        ) throws {
            let head = "apiVersion: ke/v1\nkind: LogRules\nsource: { journald: { transport: kernel } }\nrules:\n"
            let file = RuleFile.read(Array((head + rules).utf8), name: "t.yaml")
            try #require(file.errors.isEmpty, "\(file.errors)")
            self.source = source
            self.ledger = ledger
            self.states = states
            self.clock = clock
            worker = SourceWorker(
                source: source, groups: [try RuleGroup(selector: .kernel, rules: file.rules)], ledger: ledger,
                states: states, observations: observations,
                setting: SourceWorker.Setting(
                    node: "n", bootID: "b", bootTime: SourceWorkerTests.start, pods: NoPods(), clock: clock,
                    redaction: try Redaction()))
        }

        init(_ lines: [(String, Double)], rules: String = Bench.failures) throws {
            try self.init(ScriptedSource(lines), rules: rules)
        }

        func run(from start: SourceStart = .since(Timestamp(microseconds: 0))) { worker.run(from: start) }

        /// What the deliverer would send now.
        func cut() throws -> SourceLedger.Cut { try #require(ledger.nextCut(always: true)) }
    }

    // MARK: Records to findings

    @Test func aCutHoldsTheFindingsUpToTheLastRecord() throws {
        let bench = try Bench([("well", 0), ("failure 1", 1), ("failure 1", 2), ("failure 2", 3), ("well", 4)])
        bench.run()
        let cut = try bench.cut()
        #expect(cut.from == nil)
        #expect(cut.to == "4", "also records without a match are done")
        #expect(cut.occurrences.map(\.detection.subject) == ["1", "2"])
        #expect(cut.occurrences.map(\.count) == [2, 1])
        #expect(cut.occurrences.first?.last == Self.start + 2)
        #expect(bench.worker.counters.lines == 5)
        #expect(bench.worker.counters.matched == 3)
    }

    @Test func secretsLeaveNeitherInMessageNorInEvidence() throws {
        let bench = try Bench(
            [("failure 1 password=hunter2", 0)], rules: "  - { id: a, reason: A, pattern: 'failure.*' }\n")
        bench.run()
        let found = try #require(try bench.cut().occurrences.first)
        #expect(found.detection.message.contains("password=[redacted]"))
        let text = try #require(found.evidence.first?.text)
        #expect(text.contains("password=[redacted]"))
        #expect(!text.contains("hunter2"))
    }

    @Test func linesOfTheDemoAreMarked() throws {
        let bench = try Bench([("failure 1 \(Names.demoMarker)", 0), ("failure 2", 0)])
        bench.run()
        #expect(try bench.cut().occurrences.map(\.isDemo) == [true, false])
    }

    @Test func aBootIsQuietForAsLongAsTheRuleSays() throws {
        let bench = try Bench(
            [("failure 1", 299), ("failure 2", 300)],
            rules: "  - { id: a, reason: A, pattern: 'failure (?P<n>\\d+)', subject: '{n}', afterBoot: 5m }\n")
        bench.run()
        #expect(try bench.cut().occurrences.map(\.detection.subject) == ["2"])
    }

    @Test func recordsBeforeAGroupsFloorAreNotForIt() throws {
        let bench = try Bench([("failure 1", 9), ("failure 2", 10)])
        bench.worker.setFloors([Self.start + 10])
        bench.run()
        #expect(try bench.cut().occurrences.map(\.detection.subject) == ["2"])
    }

    @Test func recordsThatWereCutAreCounted() throws {
        let bench = try Bench([("well", 0), (String(repeating: "x", count: LogRecord.textBytesMax + 1), 1)])
        bench.run()
        #expect(bench.worker.counters.truncated == 1)
    }

    // MARK: Conditions

    private static let link =
        "  - { id: a, reason: Down, pattern: down, condition: { type: Link, check: Link, clears: 'up again', clearsAfter: 60s } }\n"

    @Test func aConditionHoldsUntilItsLine() throws {
        let down = try Bench([("down", 0)], rules: Self.link)
        down.run()
        #expect(down.states.active.map(\.condition) == ["Link"])
        let over = try Bench([("down", 0), ("up again", 5)], rules: Self.link)
        over.run()
        #expect(over.states.active.isEmpty)
    }

    /// Two arrays are two conditions, and the line that ends one names it.
    @Test func aLineEndsTheConditionOfWhatItNames() throws {
        let rules =
            "  - { id: a, reason: Lost, pattern: '(?P<array>md\\d+): lost (?P<disk>\\w+)', subject: '{array}[[ {disk}]]', condition: { type: Raid, check: Lost, clears: '(?P<array>md\\d+): whole' } }\n"
        let bench = try Bench([("md0: lost sda", 0), ("md1: lost sdb", 1), ("md0: whole", 2)], rules: rules)
        bench.run()
        #expect(bench.states.active.map(\.detection.subject) == ["md1 sdb"])
    }

    /// A volume's disk and the node's own, as rules of file systems see them: none hides the other.
    @Test func conditionsThatAProbeEndsAreOnePerDevice() throws {
        let rules =
            "  - { id: a, check: Ext4, reason: Ro, pattern: '(?P<device>sd\\w|nvme\\w+): read-only', subject: '{device}', condition: { type: ReadOnly, check: NodeFilesystemReadOnly, probe: filesystem } }\n"
        let bench = try Bench([("sdi: read-only", 0), ("nvme0n1p6: read-only", 1)], rules: rules)
        bench.run()
        #expect(bench.states.active.map(\.detection.subject).sorted() == ["nvme0n1p6", "sdi"])
    }

    /// An old log read after an hour: what would have ended long ago is not raised now.
    @Test func aConditionThatHasEndedByAgeIsNotSet() throws {
        let bench = try Bench([("down", 0)], rules: Self.link)
        bench.clock.advance(by: 3600)
        bench.run()
        #expect(bench.states.active.isEmpty)
    }

    // MARK: Reading again

    private static let pairs =
        "  - { id: pair, reason: Pair, pattern: 'effect of (?P<n>\\d+)', with: 'cause of (?P<n>\\d+): (?P<why>\\w+)', message: '{n} {why}' }\n"

    @Test func whatIsCommittedRebuildsStateAndGivesNothingTwice() throws {
        let bench = try Bench(
            [("cause of 7: disk", 0), ("failure 1", 1), ("effect of 7", 2), ("failure 2", 3)],
            rules: Bench.failures + Self.pairs)
        bench.ledger.align(committed: "1", resume: "0", firstStart: .since(Self.start))
        bench.run(from: .at("0"))
        let cut = try bench.cut()
        #expect(cut.from == "1")
        #expect(cut.to == "3")
        #expect(cut.occurrences.map(\.detection.message) == ["7 disk", "failure 2"])
        #expect(bench.source.delivered.withLock { $0 } == [0, 1, 2, 3])
        #expect(bench.worker.counters.matched == 2, "what is read again is not counted again")
    }

    /// The aggregator has told what it knew of it; it may have ended since.
    @Test func whatIsCommittedSetsNoConditionAgain() throws {
        let bench = try Bench([("down", 0), ("well", 1)], rules: Self.link)
        bench.ledger.align(committed: "1", resume: "0", firstStart: .since(Self.start))
        bench.run(from: .at("0"))
        #expect(bench.states.active.isEmpty)
    }

    @Test func aRewindBetweenTwoRecordsBeginsAnew() throws {
        let ledger = SourceLedger(source: "script") {}
        let isRewound = Mutex(false)
        let source = ScriptedSource((0..<4).map { ("failure \($0)", Double($0)) }) { place in
            let mustRewind = isRewound.withLock { isRewound in
                defer { isRewound = isRewound || place == 2 }
                return place == 2 && !isRewound
            }
            if mustRewind { ledger.align(committed: "0", resume: nil, firstStart: .since(Self.start)) }
        }
        let bench = try Bench(source, ledger: ledger)
        bench.run()
        #expect(source.delivered.withLock { $0 } == [0, 1, 2, 1, 2, 3])
        let cut = try bench.cut()
        #expect(cut.from == "0")
        #expect(cut.occurrences.map(\.detection.subject) == ["1", "2", "3"])
        #expect(cut.occurrences.allSatisfy { $0.count == 1 })
    }

    @Test func aNewWorkerGoesOnWithHalfACount() async throws {
        let rules = "  - { id: thrice, reason: Thrice, pattern: 'rare event', threshold: { count: 3, within: 10m } }\n"
        let first = try Bench([("rare event", 0), ("rare event", 1)], rules: rules)
        first.run()
        await first.worker.finish()
        #expect(first.worker.isWhole)
        let second = try Bench(
            ScriptedSource((0..<3).map { ("rare event", Double($0)) }), rules: rules, ledger: first.ledger,
            states: first.states)
        second.worker.run(from: .after(try #require(first.ledger.end)), adopting: first.worker)
        #expect(second.source.delivered.withLock { $0 } == [2])
        #expect(try second.cut().occurrences.map(\.count) == [3])
        #expect(second.worker.counters.lines == 3)
    }

    // MARK: Room, gaps and health

    /// The log is the queue: nothing is read ahead of a ledger that is full.
    @Test func aFullLedgerHoldsTheSourceUntilItIsCut() async throws {
        let ledger = SourceLedger(source: "script") {}
        let fill = (1...SourceLedger.occurrencesMax).map { number in
            Occurrence(
                Detection(
                    check: "C", rule: "r", reason: "R", severity: .info, object: .node("n"), subject: "\(number)",
                    message: "m"), time: Self.start, evidence: [])
        }
        let source = ScriptedSource([("failure 0", 0), ("failure 1", 1)]) { place in
            if place == 0 { ledger.add(fill, position: nil, resume: nil) }
        }
        let bench = try Bench(source, ledger: ledger)
        let reading = Task {
            await withCheckedContinuation { continuation in
                NativeThread.start {
                    bench.run()
                    continuation.resume()
                }
            }
        }
        #expect(await eventually { bench.ledger.waitingCount > SourceLedger.occurrencesMax })
        let cut = try bench.cut()
        #expect(cut.to == "0", "the second record waits")
        bench.ledger.acknowledge()
        bench.worker.wake()
        #expect(await ends { await reading.value })
        #expect(try bench.cut().occurrences.map(\.detection.subject) == ["1"])
    }

    @Test func whatWasLostIsAFindingAndNotObserved() throws {
        let bench = try Bench([("well", 0)])
        bench.run()
        bench.worker.lost(
            LogGap(records: 7, from: Self.start - 60, to: Self.start - 5, reason: "overwritten"), position: nil)
        let gap = try #require(try bench.cut().occurrences.first)
        #expect(gap.detection.check == "LogGap")
        #expect(gap.detection.message == "script: overwritten: 7 records lost")
        #expect(gap.first == Self.start - 60)
        #expect(gap.last == Self.start - 5)
        let said = try #require(bench.observations.all.first { $0.check == "LogGap" })
        #expect(said.outcome == .unobserved)
        #expect(said.reason == .truncated)
    }

    @Test func theSourcesHealthIsThatOfEachOfItsChecks() throws {
        let rules =
            "  - { id: a, reason: A, check: NodeOOM, pattern: x }\n  - { id: b, reason: B, check: NodeDisk, pattern: y }\n"
        let bench = try Bench([], rules: rules)
        bench.worker.health(.unobserved(.forbidden, "no right to read"))
        #expect(bench.observations.all.map(\.check) == ["NodeDisk", "NodeOOM"])
        #expect(bench.observations.all.allSatisfy { $0.reason == .forbidden })
        bench.clock.advance(by: 60)
        bench.worker.health(.reading)
        #expect(bench.observations.all.allSatisfy { $0.outcome == .healthy })
        #expect(bench.observations.all.allSatisfy { $0.since == Self.start + 60 })
    }
}
