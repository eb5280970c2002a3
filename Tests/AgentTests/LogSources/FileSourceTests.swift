import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Host
@testable import LogSources
@testable import Platform
@testable import RuleEngine

@Suite struct FileSourceTests {
    private func source(_ folder: TemporaryFolder) throws -> FileSource {
        try FileSource(format: .init(path: folder.path + "/a.log"), host: HostRoot(), clock: SystemClock())
    }

    @Test func followsRotationByRename() async throws {
        let folder = try TemporaryFolder()
        try folder.write("one\ntwo\n", to: "a.log")
        let source = try source(folder)
        let sink = CollectingSink { $0.lines.count == 5 }
        async let reading = source.collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.texts.count == 2 })
        try folder.append("three\n", to: "a.log")
        try FileManager.default.moveItem(atPath: folder.path + "/a.log", toPath: folder.path + "/a.log.1")
        try folder.append("four\n", to: "a.log.1")
        try folder.write("five\n", to: "a.log")
        source.wake()
        #expect(await reading.lines.map(\.text) == ["one", "two", "three", "four", "five"])
    }

    @Test func followsCopyAndTruncate() async throws {
        let folder = try TemporaryFolder()
        try folder.write("one\ntwo\n", to: "a.log")
        let source = try source(folder)
        let sink = CollectingSink { $0.lines.count == 4 }
        async let reading = source.collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.texts.count == 2 })
        let handle = try FileHandle(forWritingTo: folder.url.appending(path: "a.log"))
        try handle.truncate(atOffset: 0)
        // Longer than before, so that its size alone gives nothing away.
        try handle.write(contentsOf: Data("three, which is longer\nfour\n".utf8))
        try handle.close()
        source.wake()
        #expect(await reading.lines.map(\.text) == ["one", "two", "three, which is longer", "four"])
    }

    @Test func readsTheRestOfAFileThatWasRotatedWhileNobodyRead() async throws {
        let folder = try TemporaryFolder()
        try folder.write("one\ntwo\nthree\n", to: "a.log")
        let first = try await source(folder).collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.lines.count == 1 })
        try FileManager.default.moveItem(atPath: folder.path + "/a.log", toPath: folder.path + "/a.log.1")
        try folder.write("four\n", to: "a.log")
        let sink = CollectingSink { $0.lines.count == 3 }
        let got = try await source(folder).collect(from: .after(try #require(first.lines.first?.position)), into: sink)
        #expect(got.lines.map(\.text) == ["two", "three", "four"])
        #expect(got.gaps.isEmpty)
    }

    @Test func saysWhenTheUnreadRestIsGone() async throws {
        let folder = try TemporaryFolder()
        try folder.write("one\ntwo\n", to: "a.log")
        let first = try await source(folder).collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.lines.count == 1 })
        try FileManager.default.removeItem(atPath: folder.path + "/a.log")
        // Another file takes the inode's place or not; its content differs in any case.
        try folder.write("other beginning\n", to: "a.log")
        let got = try await source(folder).collect(from: .after(try #require(first.lines.first?.position)))
        #expect(got.gaps.count == 1)
        #expect(got.lines.map(\.text) == ["other beginning"])
    }

    @Test func waitsForTheEndOfAPartialLine() async throws {
        let folder = try TemporaryFolder()
        try folder.write("one\ntw", to: "a.log")
        let source = try source(folder)
        let sink = CollectingSink { $0.lines.count == 2 }
        async let reading = source.collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.all.caughtUp > 1 })
        #expect(sink.texts == ["one"])
        try folder.append("o\n", to: "a.log")
        #expect(await reading.lines.map(\.text) == ["one", "two"])
    }

    @Test(.enabled(if: Conformance.isPresent)) func translatesAsTheOriginalDoes() throws {
        let cases = try Conformance.cases(kind: "filelog_translate")
        #expect(cases.count >= 10)
        // "Current year" in the cases: the year of a now at its end, since logs tell of the past.
        let now = try #require(GoTimeLayout("2006-01-02T15:04:05").parse("2026-12-31T23:00:00", now: .now()))
        for test in cases {
            let name = test["name"] as? String ?? "?"
            let settings = test["pluginConfig"] as? [String: String] ?? [:]
            let format = SourceSelector.FileFormat(
                path: "", timestamp: settings["timestamp"] ?? "", message: settings["message"] ?? "",
                timestampFormat: settings["timestampFormat"] ?? "")
            let reader = try FileLineReader(format)
            let line = Array((test["line"] as? String ?? "").utf8)
            let expect = test["expect"] as? [String: Any] ?? [:]
            let got = reader.translate(line, now: now)
            if expect["error"] as? Bool == true {
                #expect(got == nil, "\(name)")
                continue
            }
            let (time, range) = try #require(got, "\(name)")
            #expect(String(decoding: line[range], as: UTF8.self) == expect["message"] as? String, "\(name)")
            #expect(time == (try instant(expect["timestamp"] as? String ?? "", now)), "\(name)")
        }
    }

    private func instant(_ text: String, _ now: Timestamp) throws -> Timestamp {
        if text.hasPrefix("<current-year>") {
            let plain = text.replacingOccurrences(of: "<current-year>", with: "2026").replacingOccurrences(
                of: "<local zone>", with: "")
            return try #require(GoTimeLayout("2006-01-02T15:04:05").parse(plain, now: now))
        }
        return try #require(GoTimeLayout("2006-01-02T15:04:05.999999999Z07:00").parse(text, now: now), "\(text)")
    }

    @Test(.enabled(if: Conformance.isPresent)) func skipsAsTheOriginalDoes() throws {
        for test in try Conformance.cases(kind: "filelog_skiplist") {
            let reader = try FileLineReader(.init(path: "", skipList: test["skipList"] as? [String] ?? []))
            let line = Array((test["line"] as? String ?? "").utf8)
            #expect(reader.skips(line) == (test["expect"] as? [String: Any])?["skipped"] as? Bool)
        }
    }

    @Test(.enabled(if: Conformance.isPresent)) func startsWhereTheOriginalDoes() throws {
        for test in try Conformance.cases(kind: "start_time") {
            let now = Timestamp(seconds: 1000)
            func seconds(_ key: String) throws -> Double {
                let text = test[key] as? String ?? ""
                return text.isEmpty ? 0 : try GoDuration.seconds(text)
            }
            let got = StartTime.start(
                boot: now - Double(test["uptime_s"] as? Int ?? 0), now: now, lookbackSeconds: try seconds("lookback"),
                delaySeconds: try seconds("delay"))
            let want = (test["expect"] as? [String: Any])?["start_minus_now_s"] as? Int ?? 0
            #expect(got.seconds(since: now) == Double(want), "\(test["name"] ?? "?")")
        }
    }

    @Test(.enabled(if: Conformance.isPresent)) func deliversTheWindowThatTheOriginalDoes() async throws {
        for test in try Conformance.cases(kind: "watch_window") {
            let folder = try TemporaryFolder()
            let offsets = test["message_offsets_s"] as? [Int] ?? []
            let now = Timestamp(seconds: 1_700_000_000)
            try folder.write(offsets.map { "\((now + Double($0)).utcRFC3339) m\($0)\n" }.joined(), to: "a.log")
            let format = SourceSelector.FileFormat(
                path: folder.path + "/a.log", timestamp: #"^\S+"#, message: #" (.*)"#,
                timestampFormat: "2006-01-02T15:04:05Z07:00")
            let source = try FileSource(format: format, host: HostRoot(), clock: SystemClock())
            let begin = StartTime.start(boot: now, now: now, lookbackSeconds: 0, delaySeconds: 0)
            let got = await source.collect(from: .since(begin))
            let want = (test["expect"] as? [String: Any])?["delivered_offsets_s"] as? [Int] ?? []
            #expect(got.lines.map(\.text) == want.map { "m\($0)" })
        }
    }

    private func read(_ lines: String) async throws -> CollectingSink.Contents {
        let folder = try TemporaryFolder()
        try folder.write(lines, to: "a.log")
        let format = SourceSelector.FileFormat(
            path: folder.path + "/a.log", timestamp: #"^\S+Z"#, message: "kernel: (.*)",
            timestampFormat: "2006-01-02T15:04:05Z07:00")
        let source = try FileSource(format: format, host: HostRoot(), clock: SystemClock())
        return await source.collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.caughtUp > 1 })
    }

    /// A file of which nothing can be understood is not a healthy one.
    @Test func saysWhenNoLineHasThePromisedForm() async throws {
        let mixed = try await read("2024-01-01T00:00:00Z kernel: fine\nno time here\n")
        #expect(mixed.lines.map(\.text) == ["fine"])
        #expect(mixed.health == [.reading])
        let late = try await read("no time here\n2024-01-01T00:00:00Z kernel: fine\n")
        #expect(late.health == [.reading])
        let none = try await read("no time here\nnor here\n")
        #expect(none.lines.isEmpty)
        if case .unobserved(let reason, _) = none.health.last {
            #expect(reason == .malformed)
        } else {
            Issue.record("it says that it reads")
        }
    }
}
