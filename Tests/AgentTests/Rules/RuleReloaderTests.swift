import Foundation
import Logging
import TestSupport
import Testing

@testable import AgentCommands
@testable import AgentRules
@testable import AgentRuntime
@testable import AgentState
@testable import Findings
@testable import Host
@testable import LogReading
@testable import LogSources
@testable import Platform
@testable import RuleEngine
@testable import Wire

/// Rules that change while lines come: each line counts once, counters and windows remember, a broken file is said.
@Suite struct RuleReloaderTests {
    private let quiet = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }

    /// An agent's sources over one log file, without delivery.
    private final class Bench {
        let folder: TemporaryFolder
        let parts: AgentRuntime.Parts
        var loader: RuleLoader
        let reloader: RuleReloader
        let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }

        init(_ rules: (String) -> String) throws {
            folder = try TemporaryFolder()
            let log = try folder.write("", to: "app.log")
            let file = try folder.write(rules(log), to: "rules.yaml")
            var configuration = AgentConfiguration()
            configuration.node = "n"
            configuration.rules = [file]
            configuration.disabled = []
            let runtime = AgentRuntime(
                configuration: configuration, loader: RuleLoader(paths: [file], builtIn: []), clock: SystemClock(),
                logger: logger)
            parts = try runtime.makeParts()
            loader = parts.loader
            reloader = RuleReloader(
                context: parts.context, sources: parts.sources, clock: SystemClock(), logger: logger)
            for worker in parts.sources.workers {
                worker.ledger.align(committed: nil, resume: nil, firstStart: .since(Timestamp(microseconds: 0)))
                NativeThread.start { worker.run(from: .since(Timestamp(microseconds: 0))) }
            }
        }

        func write(_ lines: [String]) throws {
            try folder.append(lines.map { $0 + "\n" }.joined(), to: "app.log")
        }

        func change(_ rules: String, instructions: Instructions = Instructions()) async throws {
            _ = try folder.write(rules, to: "rules.yaml")
            await reloader.apply(loader.load(instructions))
        }

        /// Findings by rule, as the deliverer would take them.
        func take(_ counts: inout [String: Int]) {
            for ledger in parts.sources.ledgers {
                while let cut = ledger.nextCut(always: false) {
                    for occurrence in cut.occurrences {
                        counts[occurrence.detection.rule, default: 0] += occurrence.count
                    }
                    ledger.acknowledge()
                }
            }
        }

        func stop() {
            for worker in parts.sources.workers {
                worker.ledger.stop()
                worker.wake()
            }
        }
    }

    private static func rules(_ log: String, _ more: String = "") -> String {
        """
        apiVersion: ke/v1
        kind: LogRules
        source: { file: { path: '\(log)' } }
        rules:
          - { id: numbered, reason: Numbered, pattern: 'failure number \\d+' }
          - { id: pair, reason: Pair, pattern: 'effect of (?P<n>\\d+)', with: 'cause of (?P<n>\\d+): (?P<why>\\w+)', message: '{n} {why}' }
          - { id: thrice, reason: Thrice, pattern: 'rare event', threshold: { count: 3, within: 10m } }
        \(more)
        """
    }

    @Test func countsEachLineOnceWhileRulesChange() async throws {
        let bench = try Bench { Self.rules($0) }
        defer { bench.stop() }
        let log = bench.folder.path + "/app.log"
        var counts: [String: Int] = [:]
        for round in 0..<40 {
            try bench.write((0..<50).map { "failure number \(round * 50 + $0)" })
            let more = round % 2 == 0 ? "  - { id: extra\(round), reason: Extra, pattern: 'never seen \(round)' }" : ""
            try await bench.change(Self.rules(log, more))
            bench.take(&counts)
        }
        #expect(
            await eventually {
                bench.take(&counts)
                return (counts["numbered"] ?? 0) >= 2000
            }, "\(counts)")
        #expect(counts["numbered"] == 2000)
    }

    @Test func remembersJoinedLinesAndCountersAcrossAChange() async throws {
        let bench = try Bench { Self.rules($0) }
        defer { bench.stop() }
        let log = bench.folder.path + "/app.log"
        try bench.write(["cause of 7: disk", "rare event", "rare event", "failure number 1"])
        var counts: [String: Int] = [:]
        #expect(
            await eventually {
                bench.take(&counts)
                return counts["numbered"] == 1
            })
        try await bench.change(Self.rules(log, "  - { id: other, reason: Other, pattern: 'something else' }"))
        try bench.write(["effect of 7", "rare event", "something else"])
        #expect(
            await eventually {
                bench.take(&counts)
                return counts["other"] == 1 && counts["thrice"] != nil
            }, "\(counts)")
        #expect(counts["pair"] == 1)
        #expect(counts["thrice"] == 3)
    }

    /// A window of node-problem-detector's, half full when its own file changes.
    @Test func keepsAHalfFilledWindow() async throws {
        func monitor(_ log: String, _ reason: String) -> String {
            #"""
            {"plugin": "filelog", "pluginConfig": {"timestamp": "^.{15}", "message": "x: (.*)", "timestampFormat": "Jan _2 15:04:05"},
             "logPath": "\#(log)", "bufferSize": 5, "source": "s", "conditions": [],
             "rules": [{"type": "temporary", "reason": "\#(reason)", "pattern": "first part\nsecond part"}]}
            """#
        }
        let folder = try TemporaryFolder()
        let log = try folder.write("", to: "app.log")
        let file = try folder.write(monitor(log, "Before"), to: "m.json")
        var configuration = AgentConfiguration()
        configuration.node = "n"
        configuration.rules = [file]
        let runtime = AgentRuntime(
            configuration: configuration, loader: RuleLoader(paths: [file], builtIn: []), clock: SystemClock(),
            logger: quiet)
        let parts = try runtime.makeParts()
        var loader = parts.loader
        for worker in parts.sources.workers {
            worker.ledger.align(committed: nil, resume: nil, firstStart: .since(Timestamp(microseconds: 0)))
            NativeThread.start { worker.run(from: .since(Timestamp(microseconds: 0))) }
        }
        defer {
            for worker in parts.sources.workers {
                worker.ledger.stop()
                worker.wake()
            }
        }
        let stamp = "Nov 25 10:00:00"
        try folder.append("\(stamp) x: first part\n", to: "app.log")
        #expect(await eventually { parts.sources.counters.lines == 1 })
        _ = try folder.write(monitor(log, "After"), to: "m.json")
        await RuleReloader(context: parts.context, sources: parts.sources, clock: SystemClock(), logger: quiet)
            .apply(loader.load(Instructions()))
        try folder.append("\(stamp) x: second part\n", to: "app.log")
        var found: [Occurrence] = []
        #expect(
            await eventually {
                for ledger in parts.sources.ledgers {
                    found += ledger.nextCut(always: false)?.occurrences ?? []
                    ledger.acknowledge()
                }
                return !found.isEmpty
            })
        #expect(found.map(\.detection.reason) == ["After"])
        #expect(found.first?.evidence.first?.text == "first part\nsecond part")
    }

    @Test func aBrokenFileKeepsItsLastGoodVersionAndIsSaid() async throws {
        let bench = try Bench { Self.rules($0) }
        defer { bench.stop() }
        let log = bench.folder.path + "/app.log"
        try await bench.change("apiVersion: ke/v1\nkind: LogRules\nrules: [\n")
        #expect(bench.parts.sources.rules.set.rules.map(\.id) == ["numbered", "pair", "thrice"])
        let said = bench.parts.states.active.filter { $0.detection.check == "RuleFileInvalid" }
        #expect(said.count == 1)
        #expect(said.first?.detection.message.contains("rules.yaml:4") == true)
        try bench.write(["failure number 5"])
        var counts: [String: Int] = [:]
        #expect(
            await eventually {
                bench.take(&counts)
                return counts["numbered"] == 1
            })
        try await bench.change(Self.rules(log, "  - { id: mended, reason: Mended, pattern: 'x' }"))
        #expect(bench.parts.sources.rules.set.rules.count == 4)
        #expect(bench.parts.states.active.filter { $0.detection.check == "RuleFileInvalid" }.isEmpty)
    }

    @Test func overridesReachRules() async throws {
        let bench = try Bench { Self.rules($0) }
        defer { bench.stop() }
        let log = bench.folder.path + "/app.log"
        let adjustments: [Instructions.Adjustment] = [
            .init(rules: ["num*"], isDisabled: true), .init(rules: ["thrice"], severity: .danger, thresholdCount: 2),
        ]
        try await bench.change(Self.rules(log), instructions: Instructions(adjustments: adjustments))
        let rules = bench.parts.sources.rules.set.rules
        #expect(rules.map(\.id) == ["pair", "thrice"])
        #expect(rules.last?.severity == .danger)
        #expect(rules.last?.threshold?.count == 2)
        #expect(bench.parts.sources.rules.instructionsDigest == Instructions(adjustments: adjustments).digest)
        try await bench.change(Self.rules(log))
        #expect(bench.parts.sources.rules.set.rules.map(\.id) == ["numbered", "pair", "thrice"])
        #expect(bench.parts.sources.rules.instructionsDigest == nil)
    }

    /// A condition whose rule is gone ends: nobody would ever clear it.
    @Test func aConditionEndsWithItsRule() async throws {
        let set = "  - { id: lasting, reason: Lasting, pattern: 'broken for good', condition: { type: Broken } }"
        let bench = try Bench { Self.rules($0, set) }
        defer { bench.stop() }
        try bench.write(["broken for good"])
        #expect(await eventually { bench.parts.states.active.contains { $0.condition == "Broken" } })
        try await bench.change(Self.rules(bench.folder.path + "/app.log"))
        #expect(!bench.parts.states.active.contains { $0.condition == "Broken" })
    }

    /// A swapped `..data` link, as the kubelet makes it, is seen within moments.
    @Test func noticesASwappedConfigMap() async throws {
        let folder = try TemporaryFolder()
        let mount = folder.path + "/rules"
        try FileManager.default.createDirectory(atPath: mount + "/..1", withIntermediateDirectories: true)
        try "a: 1".write(toFile: mount + "/..1/r.yaml", atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: mount + "/..data", withDestinationPath: "..1")
        try FileManager.default.createSymbolicLink(atPath: mount + "/r.yaml", withDestinationPath: "..data/r.yaml")
        let signal = Signal()
        let watch = RuleWatch(paths: { [mount] }, changed: { signal.set() })
        #expect(watch.start())
        defer { watch.stop() }
        try FileManager.default.createDirectory(atPath: mount + "/..2", withIntermediateDirectories: true)
        try "a: 2".write(toFile: mount + "/..2/r.yaml", atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: mount + "/..data_tmp", withDestinationPath: "..2")
        #expect(rename(mount + "/..data_tmp", mount + "/..data") == 0)
        #expect(await ends { await signal.wait() }, "the swap was not noticed")
    }
}
