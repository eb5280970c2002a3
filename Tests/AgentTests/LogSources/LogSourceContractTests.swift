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
    let description: String
    let isPossible: Bool
    let make: @Sendable (TemporaryFolder) throws -> any LogSource
    /// Appends lines, each at its own second from the given one on.
    let append: @Sendable (TemporaryFolder, [String], Int64) throws -> Void

    static let start: Int64 = 1_700_000_000

    static let all: [ContractCase] = [
        ContractCase(
            description: "file", isPossible: true,
            make: { folder in
                try FileSource(format: .init(path: folder.path + "/a.log"), host: HostRoot(), clock: SystemClock())
            },
            append: { folder, lines, _ in
                let path = folder.path + "/a.log"
                if !FileManager.default.fileExists(atPath: path) { try folder.write("", to: "a.log") }
                try folder.append(lines.map { $0 + "\n" }.joined(), to: "a.log")
            }),
        ContractCase(
            description: "journal", isPossible: Machine.makesJournals,
            make: { folder in
                JournalSource(location: .folder(folder.path + "/journal"), selectors: [.kernel], clock: SystemClock())
            },
            append: { folder, lines, second in
                try FileManager.default.createDirectory(
                    atPath: folder.path + "/journal", withIntermediateDirectories: true)
                let entries = lines.enumerated().map { JournalMaker.Entry($1, time: (second + Int64($0)) * 1_000_000) }
                try JournalMaker.write(entries, to: folder.path + "/journal/system.journal")
            }),
    ].filter(\.isPossible)
}

@Suite struct LogSourceContractTests {
    @Test(arguments: ContractCase.all)
    func deliversEveryRecordInOrder(_ test: ContractCase) async throws {
        let folder = try TemporaryFolder()
        let lines = (0..<50).map { "line \($0)" }
        try test.append(folder, lines, ContractCase.start)
        let got = try await test.make(folder).collect(from: .since(Timestamp(microseconds: 0)))
        #expect(got.lines.map(\.text) == lines)
        #expect(got.gaps.isEmpty)
        #expect(Set(got.lines.map(\.position)).count == 50, "positions tell records apart")
    }

    @Test(arguments: ContractCase.all)
    func resumesAfterItsPositionWithoutDuplicates(_ test: ContractCase) async throws {
        let folder = try TemporaryFolder()
        try test.append(folder, ["a", "b", "c", "d"], ContractCase.start)
        let first = try await test.make(folder).collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.lines.count == 2 })
        let position = try #require(first.lines.last?.position)
        try test.append(folder, ["e"], ContractCase.start + 10)
        let rest = try await test.make(folder).collect(from: .after(position))
        #expect(rest.lines.map(\.text) == ["c", "d", "e"])
        let again = try await test.make(folder).collect(from: .at(position))
        #expect(again.lines.map(\.text) == ["b", "c", "d", "e"])
        let source = try test.make(folder)
        #expect(source.isCovered(position, by: position))
        #expect(!source.isCovered(try #require(rest.lines.first?.position), by: position))
        #expect(source.isCovered(position, by: try #require(rest.lines.last?.position)))
    }

    @Test(arguments: ContractCase.all)
    func survivesWhatIsNoText(_ test: ContractCase) async throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "x", count: 2 << 20)
        try test.append(folder, ["a", "nul \0 esc \u{1B}[31m", long, "z"], ContractCase.start)
        let got = try await test.make(folder).collect(from: .since(Timestamp(microseconds: 0)))
        #expect(got.lines.count == 4)
        #expect(got.lines.first?.text == "a")
        #expect(got.lines.last?.text == "z")
        let cut = try #require(got.lines.dropFirst(2).first)
        #expect(cut.isTruncated)
        #expect(cut.text.utf8.count == LogRecord.textBytesMax)
    }

    @Test(arguments: ContractCase.all)
    func waitsForALogThatIsNotThereYet(_ test: ContractCase) async throws {
        let folder = try TemporaryFolder()
        let source = try test.make(folder)
        let sink = CollectingSink { $0.lines.count == 1 }
        async let reading = source.collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(
            await eventually {
                sink.all.health.contains { if case .unobserved(.sourceMissing, _) = $0 { true } else { false } }
            })
        try test.append(folder, ["late"], ContractCase.start)
        source.wake()
        let got = await reading
        #expect(got.lines.map(\.text) == ["late"])
        #expect(got.health.last == .reading)
    }

    @Test(arguments: ContractCase.all)
    func stopsWhenWoken(_ test: ContractCase) async throws {
        let folder = try TemporaryFolder()
        try test.append(folder, ["a"], ContractCase.start)
        let source = try test.make(folder)
        let sink = CollectingSink { _ in false }
        let reading = Task { await source.collect(from: .since(Timestamp(microseconds: 0)), into: sink) }
        #expect(await eventually { sink.all.caughtUp > 0 })
        sink.stop()
        source.wake()
        #expect(await ends { _ = await reading.value }, "it takes less than a second where nothing else runs")
    }

    @Test(arguments: ContractCase.all)
    func followsWhatIsAppended(_ test: ContractCase) async throws {
        let folder = try TemporaryFolder()
        try test.append(folder, ["a"], ContractCase.start)
        let source = try test.make(folder)
        let sink = CollectingSink { $0.lines.count == 3 }
        async let reading = source.collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.all.caughtUp > 0 })
        try test.append(folder, ["b", "c"], ContractCase.start + 5)
        source.wake()
        #expect(await reading.lines.map(\.text) == ["a", "b", "c"])
    }
}
