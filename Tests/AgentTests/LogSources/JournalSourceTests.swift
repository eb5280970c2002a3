import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import LogSources
@testable import Platform
@testable import RuleEngine
@testable import Systemd

@Suite(.enabled(if: Machine.makesJournals)) struct JournalSourceTests {
    private let start: Int64 = 1_700_000_000_000_000

    private func source(_ folder: TemporaryFolder, _ selectors: [SourceSelector] = [.kernel]) -> JournalSource {
        JournalSource(location: .folder(folder.path), selectors: selectors, clock: SystemClock())
    }

    @Test(.enabled(if: Conformance.isPresent)) func translatesAsTheOriginalDoes() async throws {
        for test in try Conformance.cases(kind: "journald_translate") {
            let folder = try TemporaryFolder()
            let fields = test["fields"] as? [String: String] ?? [:]
            let expect = test["expect"] as? [String: Any] ?? [:]
            let time = Int64(expect["timestamp_usec"] as? Int ?? 0)
            try JournalMaker.write([.init(fields["MESSAGE"] ?? "", time: time)], to: folder.path + "/a.journal")
            let got = await source(folder).collect(from: .since(Timestamp(microseconds: 0)))
            #expect(got.lines.map(\.text) == [expect["message"] as? String ?? "?"])
            #expect(got.lines.first?.time == Timestamp(microseconds: time))
        }
    }

    @Test func letsOnlyTheSelectedEntriesThrough() async throws {
        let folder = try TemporaryFolder()
        let fields: [(String, [String: String])] = [
            ("kernel", ["_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"]),
            ("imitation", ["_TRANSPORT": "syslog", "SYSLOG_IDENTIFIER": "kernel"]),
            ("kubelet", ["_TRANSPORT": "stdout", "_SYSTEMD_UNIT": "kubelet.service", "SYSLOG_IDENTIFIER": "kubelet"]),
            (
                "manager",
                ["_TRANSPORT": "journal", "_PID": "1", "UNIT": "kubelet.service", "_SYSTEMD_UNIT": "init.scope"]
            ),
            ("container", ["_TRANSPORT": "journal", "_SYSTEMD_UNIT": "docker.service", "CONTAINER_ID": "abc"]),
            ("other", ["_TRANSPORT": "journal", "_SYSTEMD_UNIT": "sshd.service"]),
        ]
        let entries = fields.enumerated().map {
            JournalMaker.Entry($1.0, fields: $1.1, time: start + Int64($0) * 1_000_000)
        }
        try JournalMaker.write(entries, to: folder.path + "/a.journal")
        let got = await source(
            folder, [.kernel, .units(["kubelet.service", "docker.service"]), .identifiers(["kernel"], directory: "")]
        )
        .collect(from: .since(Timestamp(microseconds: 0)))
        let bits = Dictionary(uniqueKeysWithValues: got.lines.map { ($0.text, $0.selectors) })
        #expect(bits["kernel"] == 0b101)
        #expect(bits["imitation"] == 0b100, "a syslog line that calls itself kernel is no kernel line")
        #expect(bits["kubelet"] == 0b010)
        #expect(bits["manager"] == 0b010)
        #expect(bits["container"] == 0, "container output is never a unit's")
        #expect(bits["other"] == nil)
    }

    @Test func reportsWhatVacuumingRemoved() async throws {
        let folder = try TemporaryFolder()
        func entries(_ range: Range<Int>) -> [JournalMaker.Entry] {
            range.map { .init("line \($0)", time: start + Int64($0) * 1_000_000) }
        }
        try JournalMaker.write(entries(0..<10), to: folder.path + "/a.journal")
        let first = await source(folder).collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.lines.count == 3 })
        let position = try #require(first.lines.last?.position)
        // The file with the position and seven unread entries goes; a later one comes.
        try FileManager.default.removeItem(atPath: folder.path + "/a.journal")
        try JournalMaker.write(entries(20..<25), to: folder.path + "/b.journal")
        let got = await source(folder).collect(from: .after(position))
        #expect(got.lines.map(\.text) == (20..<25).map { "line \($0)" })
        #expect(got.gaps.count == 1)
        #expect(got.gaps.first?.from == Timestamp(microseconds: start + 2_000_000))
        #expect(got.gaps.first?.to == Timestamp(microseconds: start + 20_000_000))
    }

    @Test func keepsSilentWhenOnlyReadEntriesWereRemoved() async throws {
        let folder = try TemporaryFolder()
        try JournalMaker.write([.init("a", time: start)], to: folder.path + "/a.journal")
        let first = await source(folder).collect(from: .since(Timestamp(microseconds: 0)))
        let position = try #require(first.position)
        #expect(JournalPosition(position).caughtUp != nil)
        try FileManager.default.removeItem(atPath: folder.path + "/a.journal")
        try JournalMaker.write(
            [.init("b", fields: ["_TRANSPORT": "journal"], time: start + 5_000_000)], to: folder.path + "/b.journal")
        try JournalMaker.write([.init("c", time: start + 6_000_000)], to: folder.path + "/b.journal")
        let got = await source(folder).collect(from: .after(position))
        #expect(got.lines.map(\.text) == ["c"])
        #expect(got.gaps.isEmpty, "everything before the last look was read")
    }

    @Test func readsOnWhenTheClockSteppedBack() async throws {
        let folder = try TemporaryFolder()
        try JournalMaker.write([.init("a", time: start), .init("b", time: start + 1)], to: folder.path + "/a.journal")
        let first = await source(folder).collect(from: .since(Timestamp(microseconds: 0)))
        try JournalMaker.write([.init("c", time: start - 3_600_000_000)], to: folder.path + "/a.journal")
        let got = await source(folder).collect(from: .after(try #require(first.lines.last?.position)))
        #expect(got.lines.map(\.text) == ["c"])
    }

    @Test func namesAJournalThatIsNone() async throws {
        let folder = try TemporaryFolder()
        try folder.write("not a journal", to: "system.journal")
        let got = await source(folder).collect(from: .since(.now()))
        guard case .unobserved(let reason, let detail) = got.health.first else {
            Issue.record("a damaged journal must not look read")
            return
        }
        #expect(reason == .malformed)
        #expect(detail.contains("system.journal"))
    }

    @Test func readsSingleFilesAndStopsAtATruncatedEnd() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.journal"
        try JournalMaker.write(
            (0..<2000).map { .init("line \($0)", time: start + Int64($0) * 1_000_000) }, to: path)
        let whole = JournalSource(location: .files([path]), selectors: [.kernel], clock: SystemClock())
        #expect(await whole.collect(from: .since(Timestamp(microseconds: 0))).lines.count == 2000)
        let handle = try FileHandle(forUpdating: URL(filePath: path))
        try handle.truncate(atOffset: try handle.seekToEnd() / 3)
        try handle.close()
        let source = JournalSource(location: .files([path]), selectors: [.kernel], clock: SystemClock())
        let begun = ContinuousClock.now
        let sink = CollectingSink { contents in
            contents.caughtUp > 0 || contents.health.contains { if case .unobserved = $0 { true } else { false } }
        }
        let got = await source.collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        // What libsystemd can still read is read; the rest is said, and nothing hangs or crashes.
        #expect(ContinuousClock.now - begun < .seconds(10))
        #expect(got.lines.count < 2000)
        if got.lines.isEmpty {
            #expect(got.health.contains { if case .unobserved = $0 { true } else { false } }, "\(got.health)")
        }
    }

    @Test func replacesInvalidUTF8() async throws {
        let folder = try TemporaryFolder()
        var entry = JournalMaker.Entry("", time: start)
        entry.message = Array("bad ".utf8) + [0xFF, 0xC0] + Array(" end".utf8)
        try JournalMaker.write([entry], to: folder.path + "/a.journal")
        let got = await source(folder).collect(from: .since(Timestamp(microseconds: 0)))
        #expect(got.lines.map(\.text) == ["bad \u{FFFD}\u{FFFD} end"])
    }
}
