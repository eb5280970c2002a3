import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Findings
@testable import Host
@testable import LogSources
@testable import Platform
@testable import RuleEngine

@Suite struct KmsgRecordTests {
    private func parse(_ text: String) throws -> (record: KmsgRecord, text: String) {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { raw in
            let record = try KmsgRecord(raw)
            let target = LogRecord()
            var scratch: [UInt8] = []
            record.decodeText(raw, into: target, scratch: &scratch)
            return (record, String(decoding: target.text, as: UTF8.self))
        }
    }

    @Test(.enabled(if: Conformance.isPresent)) func readsRecordsAsTheOriginalDoes() throws {
        let cases = try Conformance.cases(kind: "kmsg_parse")
        #expect(cases.count >= 10)
        for test in cases {
            let name = test["name"] as? String ?? "?"
            let text = test["record"] as? String ?? ""
            let expect = test["expect"] as? [String: Any] ?? [:]
            if expect["error"] != nil {
                #expect(throws: (any Error).self, "\(name)") { try parse(text) }
                continue
            }
            let (record, message) = try parse(text)
            #expect(record.priority == expect["priority"] as? Int, "\(name)")
            #expect(Int(record.sequence) == expect["sequence"] as? Int, "\(name)")
            #expect(Int(record.microseconds) == expect["usec_since_boot"] as? Int, "\(name)")
            // Escapes are decoded here, where the original leaves them.
            let wanted = name.contains("hex escapes") ? "tab\there back\\slash é" : expect["message"] as? String
            #expect(message == wanted, "\(name)")
        }
    }

    @Test func leavesTheDictionaryOut() throws {
        let (_, text) = try parse("3,1,2,-;usb 1-1: gone\n SUBSYSTEM=usb\n DEVICE=c189:4\n")
        #expect(text == "usb 1-1: gone")
    }

    @Test(arguments: ["", ",", "6", "6,1,2", "6,1,2,-", "99999999999999999999999,1,2,-;x", "-1,2,3,-;x", "6,1,2,-\n"])
    func refusesWhatIsNoRecord(_ text: String) {
        #expect(throws: KmsgRecord.Malformed.self) { try parse(text) }
    }
}

/// The real device; each test marks its lines.
@Suite(.serialized, .enabled(if: Machine.writesKmsg)) struct KmsgSourceSerialTests {
    private func write(_ lines: [String]) throws {
        let handle = try #require(FileHandle(forWritingAtPath: "/dev/kmsg"))
        defer { try? handle.close() }
        for line in lines {
            try handle.write(contentsOf: Data("<5>\(line)\n".utf8))
            // The kernel lets ten lines in five seconds through per open file (printk_devkmsg=ratelimit).
        }
    }

    private func source() throws -> KmsgSource {
        KmsgSource(path: "/dev/kmsg", bootID: try HostRoot().bootID(), selectors: [.kernel], clock: SystemClock())
    }

    @Test func resumesAfterItsPositionWithoutDuplicates() async throws {
        let mark = "ke-test-\(UUID().uuidString.prefix(8))"
        let begun = Timestamp.now() - 2
        try write(["\(mark) a", "\(mark) b"])
        let sink = CollectingSink { contents in contents.lines.contains { $0.text == "\(mark) a" } }
        let first = try await source().collect(from: .since(begun), into: sink)
        let position = try #require(first.lines.last?.position)
        try write(["\(mark) c"])
        let rest = try await source().collect(from: .after(position))
        #expect(rest.lines.map(\.text).filter { $0.hasPrefix(mark) } == ["\(mark) b", "\(mark) c"])
        #expect(rest.gaps.isEmpty)
        let again = try await source().collect(from: .at(position))
        #expect(again.lines.first?.text == "\(mark) a")
        #expect(abs((rest.lines.last?.time ?? begun).seconds(since: .now())) < 5)
    }

    @Test func saysHowManyRecordsWereOverwritten() async throws {
        let boot = try HostRoot().bootID()
        let all = try await source().collect(from: .since(Timestamp(microseconds: 0)))
        let first = try #require(all.lines.first.flatMap { KmsgSource.Position($0.position) })
        // A position far before what the buffer holds cannot be made below sequence 0, so it is made by hand.
        guard first.sequence > 1 else { return }
        let got = try await source().collect(
            from: .after(KmsgSource.Position(boot: boot, sequence: 0, microseconds: 0).text))
        #expect(got.gaps.first?.records == Int(first.sequence) - 1)
    }

    /// A reader that stands still while the kernel's buffer is written over: EPIPE is not the end, and is counted.
    @Test func anOverrunIsAGapAndReadingGoesOn() async throws {
        let before = try String(contentsOfFile: "/proc/sys/kernel/printk_devkmsg", encoding: .utf8).filter(\.isLetter)
        _ = try Child.run(["/bin/sh", "-c", "echo on > /proc/sys/kernel/printk_devkmsg"])
        defer { _ = try? Child.run(["/bin/sh", "-c", "echo \(before) > /proc/sys/kernel/printk_devkmsg"]) }
        let mark = "ke-overrun-\(UUID().uuidString.prefix(8))"
        try write(["\(mark) first"])
        let source = try source()
        let isFilled = Mutex(false)
        let sink = CollectingSink { contents in
            // The first line holds the reader until the buffer has gone round.
            if contents.lines.contains(where: { $0.text == "\(mark) first" }), !isFilled.withLock({ $0 }) {
                isFilled.withLock { $0 = true }
                let handle = FileHandle(forWritingAtPath: "/dev/kmsg")
                for index in 0..<20_000 { try? handle?.write(contentsOf: Data("<6>\(mark) filler \(index)\n".utf8)) }
                try? handle?.write(contentsOf: Data("<6>\(mark) last\n".utf8))
            }
            return contents.lines.last?.text == "\(mark) last"
        }
        let got = await source.collect(from: .since(Timestamp.now() - 2), into: sink)
        #expect(got.lines.last?.text == "\(mark) last")
        let read = got.lines.count { $0.text.hasPrefix(mark) }
        let lost = got.gaps.compactMap(\.records).reduce(0, +)
        #expect(lost > 0)
        #expect(read + lost >= 20_002, "\(read) read and \(lost) lost are all")
    }

    /// A new reader starts at the buffer's oldest record. What is written over while it passes records from before its
    /// start was never asked for; what is written over behind its start was.
    @Test(arguments: [(lines: 300, isLoss: false), (lines: 20_000, isLoss: true)])
    func onlyWhatWasAskedForCanBeLost(_ overwriting: (lines: Int, isLoss: Bool)) async throws {
        let before = try String(contentsOfFile: "/proc/sys/kernel/printk_devkmsg", encoding: .utf8).filter(\.isLetter)
        _ = try Child.run(["/bin/sh", "-c", "echo on > /proc/sys/kernel/printk_devkmsg"])
        defer { _ = try? Child.run(["/bin/sh", "-c", "echo \(before) > /proc/sys/kernel/printk_devkmsg"]) }
        let mark = "ke-start-\(UUID().uuidString.prefix(8))"
        // The buffer is full, and all of it is from before the start.
        try write((0..<20_000).map { "\(mark) old \($0)" })
        let written = Timestamp.now()
        let start = written + 0.05
        #expect(await eventually(seconds: 5) { Timestamp.now().seconds(since: start) > 0.05 })
        let source = try source()
        let sink = CollectingSink(onReading: {
            // The device is open and nothing was read yet: the oldest records go now.
            let handle = FileHandle(forWritingAtPath: "/dev/kmsg")
            for index in 0..<overwriting.lines {
                try? handle?.write(contentsOf: Data("<6>\(mark) new \(index)\n".utf8))
            }
            try? handle?.write(contentsOf: Data("<6>\(mark) last\n".utf8))
        }) { $0.lines.last?.text == "\(mark) last" }
        let got = await source.collect(from: .since(start), into: sink)
        #expect(got.gaps.isEmpty == !overwriting.isLoss)
        let read = got.lines.count { $0.text.hasPrefix("\(mark) new") }
        #expect(overwriting.isLoss ? read < overwriting.lines : read == overwriting.lines)
        #expect(!got.lines.contains { $0.text.hasPrefix("\(mark) old") })
    }

    @Test func readsAnotherBootFromItsBeginning() async throws {
        let got = try await source().collect(from: .after("ffffffffffffffffffffffffffffffff:999999999:5"))
        #expect(!got.lines.isEmpty)
        #expect(got.gaps.isEmpty)
    }

    @Test func waitsForADeviceThatIsNotThere() async throws {
        let source = KmsgSource(path: "/nonexistent/kmsg", bootID: "b", selectors: [.kernel], clock: SystemClock())
        let got = await source.collect(from: .since(.now()), into: CollectingSink { $0.caughtUp > 0 })
        #expect(got.health.count == 1)
        if case .unobserved(let reason, _) = got.health.first {
            #expect(reason == .sourceMissing)
        } else {
            Issue.record("no reason")
        }
    }
}
