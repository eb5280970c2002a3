import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Findings
@testable import Host
@testable import LogSources
@testable import Platform
@testable import RuleEngine
@testable import Wire

extension EndToEndSerialTests {
    /// Every shipped rule's samples among healthy lines, through the real device and real journal files: each gives its
    /// finding, and no other.
    @Suite(.serialized) struct RuleLibraryPaths {
        struct Line {
            var text: String
            /// Groups of the rule set that see it.
            var selector: SourceSelector
        }

        static let linesMin = 5000

        /// Samples as often as their rule needs, three times at least, with healthy lines between.
        static func lines(where isWanted: (LogRule) -> Bool) -> [Line] {
            let kernel = BuiltInRules.healthyLines(isKernel: true).map { String(decoding: $0, as: UTF8.self) }
            let services = BuiltInRules.healthyLines(isKernel: false).map { String(decoding: $0, as: UTF8.self) }
            var out: [Line] = []
            var next = 0
            for rule in BuiltInRules.files.flatMap(\.rules) where isWanted(rule) {
                for sample in rule.matchSamples {
                    for _ in 0..<max(3, rule.threshold?.count ?? 1) {
                        out += sample.split(separator: "\n").map { Line(text: String($0), selector: rule.selector) }
                        for _ in 0..<4 {
                            let isKernel = rule.selector == .kernel
                            let healthy = isKernel ? kernel : services
                            out.append(
                                Line(
                                    text: healthy[next % healthy.count],
                                    selector: isKernel ? .kernel : .identifiers(["healthy"], directory: "")))
                            next += 1
                        }
                    }
                }
            }
            return out
        }

        /// What the rules find in these lines when nothing lies between.
        private static func expected(_ lines: [Line]) -> [String: Int] {
            let set = RuleSet(users: [])
            let trial = RuleTrial(set, seconds: { 0 })
            for (index, line) in lines.enumerated() {
                let groups = set.groups.indices.filter { line.selector.sharesLines(with: set.groups[$0].selector) }
                let time = Timestamp(seconds: 1_000_000 + Double(index) / 1000)
                trial.feed(Array(line.text.utf8).span, time: time, groups: groups)
            }
            return Dictionary(uniqueKeysWithValues: trial.results.map { ($0.rule, $0.findings) })
        }

        struct Expected {
            /// By the finding's key.
            var counts: [String: Int] = [:]
            var states: Set<String> = []
            var rules: Set<String> = []
            /// Rules by the keys of their findings.
            var names: [String: String] = [:]
        }

        /// Findings as an agent keys them: counts of events, and states.
        static func keys(_ lines: [Line]) -> Expected {
            let set = RuleSet(users: [])
            let matchers = set.groups.map { LineMatcher($0) }
            var pipelines = set.groups.map {
                RulePipeline(group: $0, node: "rig", source: "journal", bootID: "b", pods: NoPods())
            }
            var made = Expected()
            for (index, line) in lines.enumerated() {
                var isClaimed = false
                let time = Timestamp(seconds: 1_000_000 + Double(index) / 100)
                for group in set.groups.indices where line.selector.sharesLines(with: set.groups[group].selector) {
                    matchers[group].scan(
                        Array(line.text.utf8).span, time: time, position: { "" }, isClaimed: &isClaimed
                    ) { match in
                        for output in pipelines[group].process(match, position: "") {
                            let rule = set.groups[group].rules[match.rule].id
                            made.rules.insert(rule)
                            switch output {
                            case .occurrence(let found):
                                made.counts[found.detection.key, default: 0] += found.count
                                made.names[found.detection.key] = rule
                            case .conditionSet(let state):
                                made.states.insert(state.detection.key)
                                made.names[state.detection.key] = rule
                            case .conditionCleared: break
                            }
                        }
                    }
                }
            }
            return made
        }

        private final class DeviceSink: RecordSink, @unchecked Sendable {
            // SAFETY: used by the source's thread, and by the test after that thread has ended.
            let trial = RuleTrial(RuleSet(users: []), seconds: { 0 })
            /// How many it has seen since it first stood at the end, or -1 before that: the kernel keeps few lines, and
            /// who writes waits for who reads.
            let seen = Atomic(-1)
            private let mark: String
            private let kernelGroups: [Int]

            init(mark: String) {
                self.mark = mark
                let groups = trial.set.groups
                kernelGroups = groups.indices.filter { groups[$0].selector == .kernel }
            }

            func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer {
                let text = record.text
                if seen.load(ordering: .relaxed) >= 0 { seen.add(1, ordering: .relaxed) }
                if String(decoding: text, as: UTF8.self) == mark + " end" { return .stop }
                trial.feed(text.span, time: record.time, groups: kernelGroups)
                return .proceed
            }
            func passed(position: String, time: Timestamp) -> SinkAnswer { .proceed }
            func caughtUp(position: String?) -> SinkAnswer {
                _ = seen.compareExchange(expected: -1, desired: 0, ordering: .relaxed)
                return .proceed
            }
            func lost(_ gap: LogGap, position: String?) { Issue.record("lost: \(gap.reason)") }
            func health(_ health: SourceHealth) {}
        }

        @Test(.enabled(if: Machine.writesKmsg)) func throughTheKernelsDevice() async throws {
            let lines = Self.lines { $0.selector == .kernel }
            let before =
                (try? String(contentsOfFile: "/proc/sys/kernel/printk_devkmsg", encoding: .utf8)) ?? "ratelimit"
            _ = try Child.run(["/bin/sh", "-c", "echo on > /proc/sys/kernel/printk_devkmsg"])
            defer {
                _ = try? Child.run([
                    "/bin/sh", "-c", "echo \(before.filter(\.isLetter)) > /proc/sys/kernel/printk_devkmsg",
                ])
            }
            let mark = "ke-library-\(UUID().uuidString.prefix(8))"
            let sink = DeviceSink(mark: mark)
            let host = HostRoot()
            let source = KmsgSource(
                path: "/dev/kmsg", bootID: try host.bootID(), selectors: [.kernel], clock: SystemClock())
            let writer = Task.detached {
                let handle = try #require(FileHandle(forWritingAtPath: "/dev/kmsg"))
                _ = await eventually(seconds: 60) { sink.seen.load(ordering: .relaxed) >= 0 }
                for (index, line) in lines.enumerated() {
                    try handle.write(contentsOf: Data("<6>\(line.text)\n".utf8))
                    if index % 50 == 49 {
                        _ = await eventually(seconds: 20) { sink.seen.load(ordering: .relaxed) >= index - 200 }
                    }
                }
                try handle.write(contentsOf: Data("<6>\(mark) end\n".utf8))
                try handle.close()
            }
            let start = Timestamp.now() - 0.5
            await withCheckedContinuation { continuation in
                NativeThread.start {
                    source.run(from: .since(start), into: sink)
                    continuation.resume()
                }
            }
            try await writer.value
            let found = Dictionary(uniqueKeysWithValues: sink.trial.results.map { ($0.rule, $0.findings) })
            #expect(found == Self.expected(lines))
            let rules = BuiltInRules.files.flatMap(\.rules).filter { $0.selector == .kernel }
            #expect(Set(found.filter { $0.value > 0 }.keys) == Set(rules.map(\.id)))
            print("library through /dev/kmsg: \(lines.count) lines, \(rules.count) rules, each found")
        }

        @Test(.enabled(if: Machine.makesJournals)) func throughRealJournalFiles() async throws {
            let lines = Self.lines { _ in true }
            #expect(lines.count >= Self.linesMin)
            let now = Timestamp.now()
            let entries = lines.enumerated().map { index, line -> JournalMaker.Entry in
                // Within the last minute: the newest last.
                let time = now.microseconds - Int64((lines.count - index) * 10_000)
                return JournalMaker.Entry(line.text, fields: Self.fields(line.selector), time: time)
            }
            let rig = try Rig(agentArguments: [])
            defer { withExtendedLifetime(rig) {} }
            let folder = rig.folder.path + "/journal"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try JournalMaker.write(entries, to: folder + "/system.journal")
            rig.agentArguments = ["--rules", Rig.shippedRules, "--kernel-log", "journal", "--journal-dir", folder]
            try await rig.start()
            let expected = Self.keys(lines)
            let rules = BuiltInRules.files.flatMap(\.rules)
            #expect(expected.rules == Set(rules.map(\.id)))
            await Self.expect(expected, in: rig)
            print("library through journal files: \(lines.count) lines, \(rules.count) rules, each found")
        }

        /// Waits until the aggregator has all that is expected; then it must be exactly that and no other finding.
        static func expect(
            _ expected: Expected, in rig: Rig
        ) async {
            func found() async -> [String: Int] {
                let findings = (try? await rig.snapshot()?.findings) ?? []
                let own = findings.filter {
                    $0.detection.rule != "log-gap" && expected.rules.contains($0.detection.rule)
                }
                return Dictionary(own.map { ($0.detection.key, $0.count) }) { $0 + $1 }
            }
            // States have no count.
            let wanted = expected.counts.filter { !expected.states.contains($0.key) }
            #expect(
                await eventually(seconds: 60) {
                    let counts = await found()
                    return wanted.allSatisfy { counts[$0.key] ?? 0 >= $0.value }
                        && expected.states.allSatisfy { counts[$0] != nil }
                }, "\(rig.logs)")
            let counts = await found()
            #expect(Set(counts.keys) == Set(wanted.keys).union(expected.states))
            for (key, count) in wanted where counts[key] != count {
                Issue.record("\(expected.names[key] ?? key): \(counts[key] ?? 0), not \(count)")
            }
        }

        /// As journald would have written the line.
        private static func fields(_ selector: SourceSelector) -> [String: String] {
            if [.kernel, .kmsg].contains(selector) { return ["_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"] }
            if selector == .driver { return ["_TRANSPORT": "driver", "_SYSTEMD_UNIT": "systemd-journald.service"] }
            if let unit = selector.units.first {
                return ["_TRANSPORT": "stdout", "_SYSTEMD_UNIT": unit, "SYSLOG_IDENTIFIER": "u"]
            }
            return selector.identifiers.first.map { ["_TRANSPORT": "syslog", "SYSLOG_IDENTIFIER": $0] } ?? [:]
        }
    }

    /// A new rule file every 100 ms for a minute, half of them broken, under 5,000 lines a second of a real journal.
    @Suite(.serialized, .enabled(if: Machine.runsJournald)) struct EditStorm {
        private static let seconds = 60
        private static let linesPerSecond = 5000
        /// Of these lines one is a failure.
        private static let failureEvery = 100

        private static func rules(_ version: Int) -> String {
            """
            apiVersion: ke/v1
            kind: LogRules
            source: { journald: { identifiers: [storm] } }
            rules:
              - { id: storm-failure, reason: StormFailure, pattern: 'storm failure \\d+ of many' }
              - { id: storm-pair, reason: StormPair, pattern: 'effect (?P<n>\\d+) seen', with: 'cause (?P<n>\\d+) is (?P<why>\\w+)', within: 5s, message: 'pair of {why}' }
              - { id: version-\(version), reason: V, pattern: 'never said \(version)' }
            """
        }

        private static func line(_ index: Int) -> String {
            if index % failureEvery == 50 { return "storm failure \(index) of many" }
            // A pair whose lines lie twelve milliseconds apart, so that changes fall between them.
            if index % 1000 == 100 { return "cause \(index) is disk" }
            if index % 1000 == 160 { return "effect \(index - 60) seen" }
            return "healthy line number \(index) of the storm, with a few words"
        }

        @Test func losesNoLineAndKeepsTheLastGoodVersion() async throws {
            let journald = try Journald()
            #expect(await eventually { journald.isReady() })
            let rig = try Rig(agentArguments: [])
            let rules = try rig.folder.write(Self.rules(0), to: "rules/storm.yaml")
            rig.agentArguments = ["--rules", rig.folder.path + "/rules", "--kernel-log", "kmsg"]
            try await rig.start()
            #expect(await eventually { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
            let total = Self.seconds * Self.linesPerSecond
            let writer = Task.detached {
                var pace = Pace(every: .seconds(250 / Double(Self.linesPerSecond)))
                for start in stride(from: 0, to: total, by: 250) {
                    Journald.send((start..<start + 250).lazy.map(Self.line), identifier: "storm")
                    try await pace.next()
                }
            }
            var good = 0
            var resident: [Int] = []
            var pace = Pace(every: .milliseconds(100))
            for edit in 1...Self.seconds * 10 {
                let isBroken = edit % 2 == 1
                if !isBroken { good = edit }
                let text = isBroken ? Self.rules(edit) + "\n  - { id: [\n" : Self.rules(edit)
                try Data(text.utf8).write(to: URL(filePath: rules), options: .atomic)
                if edit % 50 == 0 { resident.append(rig.agent?.residentBytes ?? 0) }
                try await pace.next()
            }
            try await writer.value
            let failures = total / Self.failureEvery
            func count(_ rule: String) async -> Int {
                let findings = (try? await rig.snapshot()?.findings) ?? []
                return findings.filter { $0.detection.rule == rule }.reduce(0) { $0 + $1.count }
            }
            #expect(await eventually(seconds: 60) { await count("storm-failure") >= failures }, "\(rig.logs)")
            #expect(await count("storm-failure") == failures)
            _ = await eventually(seconds: 20) { await count("storm-pair") >= total / 1000 }
            let found = await count("storm-pair")
            #expect(found == total / 1000)
            let pairs = (try? await rig.findings("StormPair")) ?? []
            #expect(pairs.allSatisfy { $0.detection.message == "pair of disk" }, "a pair was torn apart")
            // The last good version is the one of the last edit: it is in force, and nothing is said to be wrong.
            #expect(good == Self.seconds * 10)
            let (_, list) = try Child.run([Products.agent, "rules", "list", rules])
            #expect(list.contains("version-\(good)"))
            let digest = String(RuleSet.digest(of: RuleSet.read([(rules, Array(Self.rules(good).utf8))])).prefix(8))
            #expect(
                await eventually(seconds: 20) {
                    (try? await rig.snapshot()?.nodes.first?.vitals.userRulesDigest) == digest
                })
            #expect(
                await eventually(seconds: 20) {
                    (try? await rig.findings("RuleFileInvalid").allSatisfy { $0.resolvedAt != nil }) == true
                })
            let first = resident.dropFirst(2).first ?? 0, last = resident.last ?? 0
            #expect(Double(last) < Double(first) * 1.2 + 4e6, "resident grew from \(first) to \(last)")
            print(
                "edit storm: \(total) lines in \(Self.seconds) s, \(Self.seconds * 10) edits, \(failures) failures and \(total / 1000) pairs found; agent \(first >> 20) MiB after 15 s, \(last >> 20) MiB at the end"
            )
        }
    }
}
