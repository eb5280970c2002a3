import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Regex
@testable import RuleEngine
@testable import Wire

/// One reader of prefixes for `rules test --log`, standard input, `--explain` and `rules new`.
@Suite struct TextLogReaderTests {
    private static let set = RuleSet(users: [])
    private static let units = UnitNames(set)
    private static let now = LoggedLine.time + 3600

    private func read(_ text: String) -> [TextLogReader.Record] {
        var reader = TextLogReader(units: Self.units, now: Self.now)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.flatMap { reader.read(Array($0.utf8)) } + reader.finish()
    }

    private func isWriters(_ origin: LogOrigin, _ line: LoggedLine) -> Bool {
        switch line.transport {
        case "kernel": origin.reaches(.kernel) && !origin.reaches(.units(["kubelet.service"]))
        case "driver": origin.reaches(.driver) && !origin.reaches(.kernel)
        default: origin.reaches(.units([line.unit])) && !origin.reaches(.kernel)
        }
    }

    /// Every form of every writer: the message, who wrote it, when.
    @Test(arguments: LoggedLine.all.map(\.identifier)) func readsEveryFormOfEveryWriter(_ name: String) throws {
        let line = try #require(LoggedLine.all.first { $0.identifier == name })
        #expect(line.forms.count >= 12)
        for form in line.forms {
            let records = read(form.text)
            #expect(records.map(\.text) == [line.message], "\(form.name)")
            guard let record = records.first else { continue }
            #expect(isWriters(record.origin, line), "\(form.name): \(record.origin)")
            #expect(abs(record.time.seconds(since: LoggedLine.time)) < 1, "\(form.name): \(record.time.utcRFC3339)")
        }
        for form in line.undatedForms {
            let records = read(form.text)
            #expect(records.map(\.text) == [line.message], "\(form.name)")
            #expect(records.first.map { isWriters($0.origin, line) } == true, "\(form.name)")
        }
    }

    /// A log gives the same findings as an explanation, whatever the form.
    @Test(arguments: LoggedLine.all.map(\.identifier)) func aLogAndAnExplanationAgree(_ name: String) throws {
        let line = try #require(LoggedLine.all.first { $0.identifier == name })
        for form in line.forms + line.undatedForms {
            let trial = RuleTrial(Self.set, seconds: { 0 })
            var text = try TextTrial(trial, from: nil, now: Self.now)
            for part in form.text.split(separator: "\n", omittingEmptySubsequences: false) {
                text.feed(Array(part.utf8))
            }
            text.finish()
            #expect(trial.results.map(\.rule) == [line.rule], "\(form.name)")
            let explained = TextTrial.explain(form.text, in: Self.set, from: nil, now: Self.now)
            #expect(explained.contains { $0.hasPrefix(line.rule + "  (") }, "\(form.name): \(explained)")
        }
    }

    /// Each unit that a rule or a host profile names is found again by the name under which its program writes.
    @Test func knowsEveryUnitOfRulesAndProfiles() {
        let ruled = Self.set.groups.flatMap(\.selector.units)
        let hosts = HostProfile.builtIn.flatMap { $0.kubeletUnits + $0.runtimeUnits + $0.logs.map(\.unit) }
        #expect(Set(ruled + hosts).count > 30)
        for unit in Set(ruled + hosts) {
            for identifier in UnitNames.identifiers(of: unit) {
                let line = "Oct 17 12:05:33 node1 \(identifier)[812]: some message"
                let origin = read(line).first?.origin
                #expect(origin?.reaches(.units([unit])) == true, "\(unit) as \(identifier)")
            }
        }
    }

    struct Odd: Sendable, CustomTestStringConvertible {
        var line: String
        var text: String
        var isKernel: Bool?
        var testDescription: String { line }
    }

    @Test(arguments: [
        Odd(line: "Feb 23 03:28:16 kernel: mce: [Hardware Error]: x", text: "mce: [Hardware Error]: x", isKernel: true),
        Odd(line: "2025-03-05T13:09:27.955+00:00 node1     !INFO | kernel: Future x", text: "Future x", isKernel: true),
        Odd(
            line: "kern  :info  : [Jan13 04:31] [Tue Jan 13 04:31:07 2026] [T10489]  connection7:0: x",
            text: "connection7:0: x", isKernel: true),
        Odd(line: "kern  :warn  : 2025-01-21T04:41:44,285060+00:00 VFS: x", text: "VFS: x", isKernel: true),
        Odd(line: "user: warning: [2026-01-12T20:27:31.9Z]: [talos] x", text: "[talos] x", isKernel: true),
        Odd(line: "[  323.142578] kernel: watchdog: x", text: "watchdog: x", isKernel: true),
        Odd(line: "[   22.1 <    0.000012>] nvme nvme0: x", text: "nvme nvme0: x", isKernel: true),
        Odd(line: "[ 4.386373] systemd[1]: Mounting x", text: "systemd[1]: Mounting x", isKernel: true),
        Odd(line: "<6>usb 1-1: x", text: "usb 1-1: x", isKernel: true),
        Odd(line: "kernel: message repeated 9 times: [block nvme0n1: x]", text: "block nvme0n1: x", isKernel: true),
        Odd(
            line: "kernel: [drm:amdgpu_job_timedout [amdgpu]] *ERROR* x",
            text: "[drm:amdgpu_job_timedout [amdgpu]] *ERROR* x", isKernel: true),
        Odd(line: "worker[331]: segfault at 0 ip 0 sp 0", text: "worker[331]: segfault at 0 ip 0 sp 0", isKernel: nil),
        Odd(line: "6,1,2,-;a\\x09b\\x5c", text: "a\tb\\", isKernel: true),
        Odd(line: "\u{1B}[0;1;31mOct 17 12:05:33 n kernel: x\u{1B}[0m", text: "x", isKernel: true),
        Odd(
            line: "2024-02-07T02:49:40.739537+00:00 node1 kubelet 24578 - -  E0207 02:49:40.739041   24578 a.go:1] x",
            text: "E0207 02:49:40.739041   24578 a.go:1] x", isKernel: false),
        Odd(
            line: "2025-10-17T12:05:33.1Z stderr F E1017 12:05:33.105000 1 a.go:1] x",
            text: "E1017 12:05:33.105000 1 a.go:1] x", isKernel: false),
        Odd(
            line: "{\"log\":\"time=\\\"x\\\" level=a\\n\",\"stream\":\"stderr\",\"time\":\"2025-10-17T12:05:33Z\"}",
            text: "time=\"x\" level=a", isKernel: false),
        Odd(line: "XFS (sda1): x", text: "XFS (sda1): x", isKernel: nil),
        Odd(
            line: "INFO: task docker:20744 blocked for x", text: "INFO: task docker:20744 blocked for x", isKernel: nil),
    ]) func readsOddLinesAsTheyAreMet(_ odd: Odd) {
        let records = read(odd.line)
        #expect(records.map(\.text) == [odd.text])
        if let isKernel = odd.isKernel {
            #expect(records.first?.origin.reaches(.kernel) == isKernel)
        } else {
            #expect(records.first?.origin == .unknown)
        }
    }

    @Test(arguments: ["", "   ", "-- Boot 0a1b --", "-- No entries --", "-- Logs begin at Thu 2026-10-15 --"])
    func passesOverWhatIsNoEntry(_ line: String) { #expect(read(line).isEmpty) }

    /// Times of the lines decide: five restarts in three months are no loop, five in a minute are.
    @Test(arguments: [(1, 1), (0, 0)]) func countsByTheTimesOfTheLines(_ isFast: Int, _ findings: Int) throws {
        let trial = RuleTrial(Self.set, seconds: { 0 })
        var text = try TextTrial(trial, from: nil, now: Self.now)
        for index in 1...5 {
            let time = isFast == 1 ? "Oct 17 12:0\(index):00" : "Oct 1\(index) 12:00:00"
            text.feed(
                Array("\(time) n systemd[1]: app.service: Scheduled restart job, restart counter is at \(index).".utf8))
        }
        #expect(trial.results.map(\.matches) == [5])
        #expect((trial.results.first?.findings ?? 0 > 0) == (findings > 0))
    }

    /// `afterBoot` goes by the boot that the log tells of.
    @Test func knowsABootFromTheLog() throws {
        let kubelet =
            "kubelet[9]: \"Container runtime network not ready\" networkReady=\"NetworkReady=false reason:NetworkPluginNotReady\""
        let trial = RuleTrial(Self.set, seconds: { 0 })
        var text = try TextTrial(trial, from: nil, now: Self.now)
        for line in [
            "Oct 17 10:00:00 n kernel: Linux version 6.8.0", "Oct 17 10:01:00 n \(kubelet)", "-- Reboot --",
            "Oct 17 11:00:00 n systemd[1]: Started x.", "Oct 17 11:05:00 n \(kubelet)",
        ] { text.feed(Array(line.utf8)) }
        #expect(trial.results.isEmpty)
        text.feed(Array("Oct 17 11:30:00 n \(kubelet)".utf8))
        #expect(trial.results.map(\.rule) == ["cni-not-ready"])
    }

    /// A binary field of the export format may hold line breaks, even in its length.
    @Test func readsBinaryFields() {
        let value = Array("one\ntwo".utf8) + Array(repeating: UInt8(ascii: "x"), count: 3)
        #expect(value.count == 10)
        let bytes =
            Array("__REALTIME_TIMESTAMP=1\n_TRANSPORT=kernel\nMESSAGE\n".utf8) + [10, 0, 0, 0, 0, 0, 0, 0] + value
            + Array("\nPRIORITY=3\n\n".utf8)
        var reader = TextLogReader(units: Self.units, now: Self.now)
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let records = lines.flatMap { reader.read($0) } + reader.finish()
        #expect(records.map(\.text) == ["one\ntwoxxx"])
        #expect(records.first?.origin.transport == .kernel)
    }

    /// journald takes the first word of a line that a program wrote to /dev/kmsg for the program's name.
    @Test func givesBackTheFirstWordOfKernelLines() {
        var reader = TextLogReader(units: Self.units, now: Self.now)
        let fields = "\"_TRANSPORT\":\"kernel\",\"SYSLOG_FACILITY\":\"1\",\"__REALTIME_TIMESTAMP\":\"1\""
        let lines = [
            "{\(fields),\"SYSLOG_IDENTIFIER\":\"INFO\",\"MESSAGE\":\"task a:1 blocked\"}",
            "{\(fields),\"SYSLOG_IDENTIFIER\":\"systemd\",\"SYSLOG_PID\":\"1\",\"MESSAGE\":\"Started.\"}",
            "{\(fields),\"SYSLOG_IDENTIFIER\":\"kernel\",\"MESSAGE\":\"plain\"}",
        ]
        let records = lines.flatMap { reader.read(Array($0.utf8)) }
        #expect(records.map(\.text) == ["INFO: task a:1 blocked", "systemd[1]: Started.", "plain"])
    }

    /// What no log has is read without a trap.
    @Test func survivesRandomLines() {
        var random = SystemRandomNumberGenerator()
        let parts = [
            "[", "]", "12.5", "Oct 17 12:05:33", " node1 ", "kernel:", "{", "}", "\"MESSAGE\":", "__CURSOR=", "=", ";",
            "kern  :info  : ", "time=\"", "-- ", "\n", "é", "<4>", "1 ", "-", "systemd[1]: ", "\u{0}", "MESSAGE",
        ]
        var reader = TextLogReader(units: Self.units, now: Self.now)
        var count = 0
        for number in 0..<2000 {
            // An entry that is never ended holds all that follows.
            if number % 20 == 0 { reader = TextLogReader(units: Self.units, now: Self.now) }
            let line = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
            count += reader.read(Array(line.utf8)).count
        }
        #expect(count > 100)
    }
}
