import Foundation
import Glibc
import TestSupport
import Testing

@testable import Findings
@testable import Host
@testable import LogSources
@testable import Platform
@testable import RuleEngine
@testable import Systemd

/// One source of the contract suite: how to make its log and append to it.
struct ContractCase: Sendable, CustomStringConvertible {
    /// One log of one test.
    struct Log: Sendable {
        /// A new source at the log's beginning, as after a restart of the agent.
        let source: @Sendable () throws -> any LogSource
        /// Appends lines, each at its own second from the given one on.
        let append: @Sendable ([String], Int64) throws -> Void
    }

    let description: String
    let isPossible: Bool
    /// A record of this log can be longer than what a source keeps of it.
    var hasLongRecords = true
    let open: @Sendable (TemporaryFolder) -> Log

    static let start: Int64 = 1_700_000_000

    /// Whether this machine can run the case; says so when it cannot.
    func canRun(_ what: String) -> Bool {
        if !isPossible { print("skipped: LogSource contract, \(description): \(what): not possible on this machine") }
        return isPossible
    }

    static let all: [ContractCase] = [
        ContractCase(description: "file", isPossible: true) { folder in
            Log {
                try FileSource(format: .init(path: folder.path + "/a.log"), host: HostRoot(), clock: SystemClock())
            } append: { lines, _ in
                let path = folder.path + "/a.log"
                if !FileManager.default.fileExists(atPath: path) { try folder.write("", to: "a.log") }
                try folder.append(lines.map { $0 + "\n" }.joined(), to: "a.log")
            }
        },
        ContractCase(description: "journald", isPossible: Machine.makesJournals) { folder in
            Log {
                JournalSource(location: .folder(folder.path + "/journal"), selectors: [.kernel], clock: SystemClock())
            } append: { lines, second in
                try FileManager.default.createDirectory(
                    atPath: folder.path + "/journal", withIntermediateDirectories: true)
                let entries = lines.enumerated().map { JournalMaker.Entry($1, time: (second + Int64($0)) * 1_000_000) }
                try JournalMaker.write(entries, to: folder.path + "/journal/system.journal")
            }
        },
        ContractCase(description: "kmsg", isPossible: FakeKmsg.isPossible, hasLongRecords: false) { folder in
            let kmsg = FakeKmsg(in: folder)
            return Log {
                try kmsg.rewind()
                return KmsgSource(path: kmsg.path, bootID: "b", selectors: [.kernel], clock: SystemClock())
            } append: { lines, second in
                try kmsg.append(lines, at: second - start)
            }
        },
    ]
}

@Suite struct LogSourceContractTests {
    @Test func everySourceOfTheListHasACaseAndAKind() {
        let names = LogSourceList.all.map(\.kind.name)
        #expect(ContractCase.all.map(\.description).sorted() == names.sorted())
        #expect(LogSourceKind.all.map(\.name) == names)
    }

    /// What an entry makes serves all rules that were asked for, and keeps a name for each source.
    @Test(arguments: LogSourceList.all.map(\.kind.name)) func anEntryServesItsRules(_ name: String) throws {
        let entry = try #require(LogSourceList.all.first { $0.kind.name == name })
        var values: [String: [String]] = [:]
        for field in entry.kind.fields where field.form != .pattern { values[field.name] = ["/nowhere/a"] }
        let selector = SourceSelector(kind: name, values: values)
        let group = try RuleGroup(selector: selector, rules: [])
        let folder = try TemporaryFolder()
        let sources = entry.make(
            [LogSourceEntry.Request(place: selector, group: group)],
            LogSourceEntry.Setting(
                host: HostRoot(folder.path), bootID: "b", journal: .folder(folder.path), clock: SystemClock()))
        #expect(sources.problems.isEmpty)
        #expect(!sources.all.isEmpty)
        #expect(Set(sources.all.map(\.0.id)).count == sources.all.count)
        for (source, groups) in sources.all {
            #expect(!source.selectors.isEmpty)
            #expect(groups.contains { $0 === group })
        }
    }

    @Test(arguments: ContractCase.all)
    func deliversEveryRecordInOrder(_ test: ContractCase) async throws {
        guard test.canRun("deliversEveryRecordInOrder") else { return }
        let folder = try TemporaryFolder()
        let log = test.open(folder)
        let lines = (0..<50).map { "line \($0)" }
        try log.append(lines, ContractCase.start)
        let got = try await log.source().collect(from: .since(Timestamp(microseconds: 0)))
        #expect(got.lines.map(\.text) == lines)
        #expect(got.gaps.isEmpty)
        #expect(Set(got.lines.map(\.position)).count == 50, "positions tell records apart")
    }

    @Test(arguments: ContractCase.all)
    func resumesAfterItsPositionWithoutDuplicates(_ test: ContractCase) async throws {
        guard test.canRun("resumesAfterItsPositionWithoutDuplicates") else { return }
        let folder = try TemporaryFolder()
        let log = test.open(folder)
        try log.append(["a", "b", "c", "d"], ContractCase.start)
        let first = try await log.source().collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.lines.count == 2 })
        let position = try #require(first.lines.last?.position)
        try log.append(["e"], ContractCase.start + 10)
        let rest = try await log.source().collect(from: .after(position))
        #expect(rest.lines.map(\.text) == ["c", "d", "e"])
        let again = try await log.source().collect(from: .at(position))
        #expect(again.lines.map(\.text) == ["b", "c", "d", "e"])
        let source = try log.source()
        #expect(source.isCovered(position, by: position))
        #expect(!source.isCovered(try #require(rest.lines.first?.position), by: position))
        #expect(source.isCovered(position, by: try #require(rest.lines.last?.position)))
    }

    @Test(arguments: ContractCase.all)
    func survivesWhatIsNoText(_ test: ContractCase) async throws {
        guard test.canRun("survivesWhatIsNoText") else { return }
        let folder = try TemporaryFolder()
        let log = test.open(folder)
        let long = String(repeating: "x", count: 2 << 20)
        let lines = ["a", "nul \0 esc \u{1B}[31m"] + (test.hasLongRecords ? [long] : []) + ["z"]
        try log.append(lines, ContractCase.start)
        let got = try await log.source().collect(from: .since(Timestamp(microseconds: 0)))
        #expect(got.lines.count == lines.count)
        #expect(got.lines.first?.text == "a")
        #expect(got.lines.last?.text == "z")
        guard test.hasLongRecords else {
            return print("skipped: LogSource contract, \(test): a record over the limit: the log has none")
        }
        let cut = try #require(got.lines.dropFirst(2).first)
        #expect(cut.isTruncated)
        #expect(cut.text.utf8.count == LogRecord.textBytesMax)
    }

    @Test(arguments: ContractCase.all)
    func waitsForALogThatIsNotThereYet(_ test: ContractCase) async throws {
        guard test.canRun("waitsForALogThatIsNotThereYet") else { return }
        let folder = try TemporaryFolder()
        let log = test.open(folder)
        let source = try log.source()
        let sink = CollectingSink { $0.lines.count == 1 }
        async let reading = source.collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(
            await eventually {
                sink.all.health.contains { if case .unobserved(.sourceMissing, _) = $0 { true } else { false } }
            })
        try log.append(["late"], ContractCase.start)
        source.wake()
        let got = await reading
        #expect(got.lines.map(\.text) == ["late"])
        #expect(got.health.last == .reading)
    }

    @Test(arguments: ContractCase.all)
    func stopsWhenWoken(_ test: ContractCase) async throws {
        guard test.canRun("stopsWhenWoken") else { return }
        let folder = try TemporaryFolder()
        let log = test.open(folder)
        try log.append(["a"], ContractCase.start)
        let source = try log.source()
        let sink = CollectingSink { _ in false }
        let reading = Task { await source.collect(from: .since(Timestamp(microseconds: 0)), into: sink) }
        #expect(await eventually { sink.all.caughtUp > 0 })
        sink.stop()
        source.wake()
        #expect(await ends { _ = await reading.value }, "it takes less than a second where nothing else runs")
    }

    @Test(arguments: ContractCase.all)
    func followsWhatIsAppended(_ test: ContractCase) async throws {
        guard test.canRun("followsWhatIsAppended") else { return }
        let folder = try TemporaryFolder()
        let log = test.open(folder)
        try log.append(["a"], ContractCase.start)
        let source = try log.source()
        let sink = CollectingSink { $0.lines.count == 3 }
        async let reading = source.collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.all.caughtUp > 0 })
        try log.append(["b", "c"], ContractCase.start + 5)
        source.wake()
        #expect(await reading.lines.map(\.text) == ["a", "b", "c"])
    }
}
