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
        #expect(bits["container"] == nil, "container output is never a unit's")
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

    /// The rule as one would write it down, over all the fields of an entry.
    private static func selectors(of fields: [String: String], units: [String], identifiers: [String]) -> UInt64 {
        if fields["_TRANSPORT"] == "kernel" { return identifiers.contains(fields["SYSLOG_IDENTIFIER"] ?? "") ? 5 : 1 }
        var bits: UInt64 = identifiers.contains(fields["SYSLOG_IDENTIFIER"] ?? "") ? 4 : 0
        let isOwn = units.contains(fields["_SYSTEMD_UNIT"] ?? "")
        let isManaged = fields["_PID"] == "1" && units.contains(fields["UNIT"] ?? "")
        if isOwn || isManaged, fields["CONTAINER_ID"] == nil { bits |= 2 }
        return bits
    }

    @Test(arguments: [1, 12]) func classifiesRandomEntriesAsTheirFieldsSay(unitCount: Int) async throws {
        var random = SystemRandomNumberGenerator()
        let units = (0..<unitCount).map { "unit\($0).service" }
        let choices: [(String, [String])] = [
            ("_TRANSPORT", ["kernel", "syslog", "journal", "stdout", "driver", "audit"]),
            ("_SYSTEMD_UNIT", units + ["init.scope", "sshd.service", "unit0.servic", "unit0.service2"]),
            ("UNIT", units + ["sshd.service"]), ("_PID", ["1", "12", "700"]),
            ("SYSLOG_IDENTIFIER", ["drill", "kernel", "kubelet", "drills"]), ("CONTAINER_ID", ["abc"]),
            ("CONTAINER_ID_FULL", ["abcdef"]), ("PRIORITY", ["6"]), ("_SYSTEMD_SLICE", ["system.slice"]),
        ]
        let entries = (0..<2000).map { index in
            var fields: [String: String] = [:]
            for (name, values) in choices where Int.random(in: 0..<3, using: &random) > 0 {
                fields[name] = values.randomElement(using: &random)
            }
            return JournalMaker.Entry("line \(index)", fields: fields, time: start + Int64(index) * 1_000_000)
        }
        let folder = try TemporaryFolder()
        try JournalMaker.write(entries, to: folder.path + "/a.journal")
        let got = await source(folder, [.kernel, .units(units), .identifiers(["drill"], directory: "")])
            .collect(from: .since(Timestamp(microseconds: 0)))
        let wanted = entries.compactMap { entry -> String? in
            let bits = Self.selectors(of: entry.fields, units: units, identifiers: ["drill"])
            return bits == 0 ? nil : "\(String(decoding: entry.message, as: UTF8.self)) \(bits)"
        }
        let lines = got.lines.map { "\($0.text.split(separator: ": ").last ?? "") \($0.selectors)" }
        #expect(lines == wanted)
        #expect(wanted.count > 200)
    }

    private func others(_ range: Range<Int>) -> [JournalMaker.Entry] {
        range.map {
            .init("other \($0)", fields: ["_TRANSPORT": "journal"], time: start + Int64($0) * 1_000_000)
        }
    }

    @Test func movesPastEntriesThatNobodyWants() async throws {
        let folder = try TemporaryFolder()
        let selectors: [SourceSelector] = [.kernel, .units((0..<10).map { "unit\($0).service" })]
        try JournalMaker.write([.init("a", time: start)] + others(1..<50), to: folder.path + "/a.journal")
        let first = await source(folder, selectors).collect(from: .since(Timestamp(microseconds: 0)))
        #expect(first.lines.map(\.text) == ["a"])
        let position = JournalPosition(try #require(first.position))
        #expect(position.time == Timestamp(microseconds: start + 49_000_000))
        try JournalMaker.write([.init("b", time: start + 60_000_000)], to: folder.path + "/a.journal")
        let second = await source(folder, selectors).collect(from: .after(position.text))
        #expect(second.lines.map(\.text) == ["b"])
        #expect(second.gaps.isEmpty)
    }

    @Test func stopsAmongEntriesThatNobodyWants() async throws {
        let folder = try TemporaryFolder()
        let selectors: [SourceSelector] = [.kernel, .units((0..<10).map { "unit\($0).service" })]
        let last = JournalMaker.Entry("end", time: start + 20_000_000_000)
        try JournalMaker.write(others(0..<10_000) + [last], to: folder.path + "/a.journal")
        let got = await source(folder, selectors).collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.passed == 1 })
        #expect(got.lines.isEmpty)
        #expect(got.caughtUp == 0)
        let rest = await source(folder, selectors).collect(from: .after(try #require(got.position)))
        #expect(rest.lines.map(\.text) == ["end"])
    }

    @Test func givesBackTheFirstWordOfALineThatAProgramWroteToTheKernelsLog() async throws {
        let folder = try TemporaryFolder()
        func fields(_ name: String, _ more: [String: String] = [:]) -> [String: String] {
            ["_TRANSPORT": "kernel", "SYSLOG_FACILITY": "1", "SYSLOG_IDENTIFIER": name]
                .merging(more) { $1 }
        }
        let entries: [JournalMaker.Entry] = [
            .init("task docker:1 blocked for more than 120 seconds.", fields: fields("INFO"), time: start),
            .init("I/O error, dev sdb", fields: fields("blk_update_request"), time: start + 1_000_000),
            .init("Started.", fields: fields("systemd", ["SYSLOG_PID": "1"]), time: start + 2_000_000),
            .init("EXT4-fs error", fields: fields("kernel"), time: start + 3_000_000),
            .init("plain", fields: ["_TRANSPORT": "kernel"], time: start + 4_000_000),
        ]
        try JournalMaker.write(entries, to: folder.path + "/a.journal")
        let texts = [
            "INFO: task docker:1 blocked for more than 120 seconds.", "blk_update_request: I/O error, dev sdb",
            "systemd[1]: Started.", "EXT4-fs error", "plain",
        ]
        let got = await source(folder).collect(from: .since(Timestamp(microseconds: 0)))
        #expect(got.lines.map(\.text) == texts)
        #expect(got.lines.map(\.selectors) == [1, 1, 1, 1, 1])
    }
}
