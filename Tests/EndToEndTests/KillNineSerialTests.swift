import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Findings
@testable import Wire

extension EndToEndSerialTests {
    /// Kill -9 at random points while 20,000 lines with 500 known failures pass: every failure is counted once.
    @Suite(.serialized) struct KillNine {
        private static let lines = 20_000
        private static let kinds = 50
        private static let each = 10

        private static let rules = """
            apiVersion: ke/v1
            kind: LogRules
            source: SOURCE
            rules:
              - id: known-failure
                reason: KnownFailure
                severity: warning
                pattern: 'known failure kind=(?P<kind>\\d+) '
                subject: '{kind}'
              - id: joined-failure
                reason: JoinedFailure
                severity: warning
                pattern: 'effect of (?P<id>\\d+)$'
                with: 'cause of (?P<id>\\d+): (?P<why>\\w+)'
                message: 'failure for {why}'
                subject: '{why}'
            """

        /// Every 40th line is a known failure; every 200th a pair that must be joined over a restart.
        private static func line(_ index: Int) -> String {
            if index % 40 == 7 { return "known failure kind=\(index / 40 % kinds) number=\(index)" }
            if index % 200 == 100 { return "cause of \(index): disk" }
            if index % 200 == 103 { return "effect of \(index - 3)" }
            return "healthy line number \(index) of many, with some words in it"
        }

        enum Victim: String, CaseIterable { case agent, aggregator, both }

        @Test(arguments: Victim.allCases) func countsEveryFailureOnce(_ victim: Victim) async throws {
            let rig = try Rig(agentArguments: [])
            let log = try rig.folder.write("", to: "app.log")
            rig.agentArguments = [
                "--rules",
                try rig.folder.write(
                    Self.rules.replacingOccurrences(of: "SOURCE", with: "{ file: { path: '\(log)' } }"),
                    to: "rules.yaml"),
            ]
            try await rig.start()
            #expect(await eventually { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
            let progress = Progress()
            let writer = Task {
                var pace = Pace(every: .milliseconds(60))
                for start in stride(from: 0, to: Self.lines, by: 100) {
                    try rig.folder.append((start..<start + 100).map { Self.line($0) + "\n" }.joined(), to: "app.log")
                    progress.lines.store(start + 100, ordering: .relaxed)
                    try await pace.next()
                }
            }
            try await killFiftyTimes(victim, rig, progress)
            try await writer.value
            try await checkCounts(rig, joined: 100)
        }

        /// How far the writer is.
        private final class Progress: Sendable {
            let lines = Atomic(0)
        }

        private func killFiftyTimes(_ victim: Victim, _ rig: Rig, _ progress: Progress) async throws {
            for point in (0..<50).map({ _ in Int.random(in: 0..<Self.lines) }).sorted() {
                try #require(await eventually(seconds: 60) { progress.lines.load(ordering: .relaxed) > point })
                if victim != .aggregator { rig.agent?.end(SIGKILL) }
                if victim != .agent { rig.aggregator?.end(SIGKILL) }
                if victim != .agent { try rig.startAggregator() }
                if victim != .aggregator { try rig.startAgent() }
            }
        }

        private func checkCounts(_ rig: Rig, joined: Int) async throws {
            func total() async throws -> Int { try await rig.findings("KnownFailure").reduce(0) { $0 + $1.count } }
            #expect(
                await eventually(seconds: 90) {
                    guard let known = try? await total(),
                        let pairs = try? await rig.findings("JoinedFailure").reduce(0, { $0 + $1.count })
                    else { return false }
                    return known >= Self.kinds * Self.each && pairs >= joined
                }, "\(rig.logs)")
            let found = try await rig.findings("KnownFailure")
            let bySubject = Dictionary(grouping: found, by: \.detection.subject).mapValues {
                $0.reduce(0) { $0 + $1.count }
            }
            #expect(bySubject.count == Self.kinds)
            #expect(bySubject.values.allSatisfy { $0 == Self.each }, "\(bySubject)")
            let pairs = try await rig.findings("JoinedFailure")
            #expect(pairs.map(\.detection.message) == ["failure for disk"])
            #expect(pairs.reduce(0) { $0 + $1.count } == joined)
        }

        @Test(.enabled(if: Machine.runsJournald), arguments: Victim.allCases)
        func countsEveryFailureOnceWhileTheJournalRotates(_ victim: Victim) async throws {
            let journald = try Journald()
            #expect(await eventually { journald.isReady() })
            let rig = try Rig(agentArguments: [])
            let rules = Self.rules.replacingOccurrences(of: "SOURCE", with: "{ journald: { identifiers: [ke-test] } }")
            rig.agentArguments = ["--rules", try rig.folder.write(rules, to: "rules.yaml")]
            try await rig.start()
            #expect(await eventually { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
            let progress = Progress()
            let writer = Task {
                var pace = Pace(every: .milliseconds(60))
                for start in stride(from: 0, to: Self.lines, by: 100) {
                    Journald.send((start..<start + 100).lazy.map(Self.line), identifier: "ke-test")
                    if start % 2000 == 0 { journald.rotate() }
                    progress.lines.store(start + 100, ordering: .relaxed)
                    try await pace.next()
                }
            }
            try await killFiftyTimes(victim, rig, progress)
            try await writer.value
            try await checkCounts(rig, joined: 100)
        }

        @Test(.enabled(if: Machine.runsJournald)) func reportsWhatVacuumingTookAwayUnread() async throws {
            let journald = try Journald()
            #expect(await eventually { journald.isReady() })
            let rig = try Rig(agentArguments: [])
            let rules = Self.rules.replacingOccurrences(of: "SOURCE", with: "{ journald: { identifiers: [ke-test] } }")
            rig.agentArguments = ["--rules", try rig.folder.write(rules, to: "rules.yaml")]
            try await rig.start()
            Journald.send(["known failure kind=1 number=1"], identifier: "ke-test")
            #expect(await eventually { (try? await rig.findings("KnownFailure").count) == 1 }, "\(rig.logs)")
            rig.agent?.end(SIGKILL)
            Journald.send((0..<500).map(Self.line), identifier: "ke-test")
            #expect(try await eventually { try journald.holds(Self.line(499)) })
            let archived = try journald.archivedCount()
            journald.rotate()
            #expect(try await eventually { try journald.archivedCount() > archived })
            try journald.vacuum(files: 1)
            Journald.send(["known failure kind=2 number=2"], identifier: "ke-test")
            try rig.startAgent()
            #expect(
                await eventually(seconds: 20) { (try? await rig.findings("LogGap").isEmpty) == false }, "\(rig.logs)")
            let gap = try #require(try await rig.findings("LogGap").first)
            #expect(gap.detection.message.contains("journal entries"))
            #expect(
                try await rig.findings("KnownFailure").reduce(0) { $0 + $1.count } == 2, "what is left is found, once")
        }
    }
}
