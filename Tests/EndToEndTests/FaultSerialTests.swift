import Foundation
import Glibc
import TestSupport
import Testing

@testable import Findings
@testable import Wire

extension EndToEndSerialTests {
    /// What breaks at three in the morning: each has its defined outcome.
    @Suite(.serialized, .enabled(if: Machine.isRoot)) struct Faults {
        private static let rules = """
            apiVersion: ke/v1
            kind: LogRules
            source: { file: { path: 'LOG' } }
            rules:
              - { id: known, reason: Known, severity: warning, pattern: 'known failure (?P<n>\\d+)', subject: '{n}' }
            """

        private func rig() throws -> Rig {
            let rig = try Rig(agentArguments: [])
            let log = try rig.folder.write("", to: "app.log")
            rig.agentArguments = [
                "--rules",
                try rig.folder.write(Self.rules.replacingOccurrences(of: "LOG", with: log), to: "rules.yaml"),
            ]
            return rig
        }

        private func known(_ rig: Rig) async -> [String: Int] {
            let found = (try? await rig.findings("Known")) ?? []
            return Dictionary(found.map { ($0.detection.subject, $0.count) }, uniquingKeysWith: +)
        }

        @discardableResult
        private func shell(_ command: String) throws -> String {
            let (status, output) = try Child.run(["/bin/sh", "-c", command])
            #expect(status == 0, "\(command): \(output)")
            return output
        }

        @Test func aFullDiskDelaysAndLosesNothing() async throws {
            let rig = try rig()
            let mount = rig.folder.path + "/small"
            try shell("mkdir \(mount) && mount -t tmpfs -o size=3m tmpfs \(mount)")
            defer { _ = try? Child.run(["/bin/umount", "-l", mount]) }
            rig.aggregatorState = mount
            try await rig.start()
            try rig.folder.append("known failure 1\n", to: "app.log")
            #expect(await eventually { await known(rig) == ["1": 1] }, "\(rig.logs)")
            _ = try Child.run(["/bin/sh", "-c", "cat /dev/zero > \(mount)/filler"])
            for index in 2...300 {
                try rig.folder.append("known failure \(index) \(String(repeating: "x", count: 3000))\n", to: "app.log")
            }
            #expect(
                await eventually { rig.aggregator?.log.contains("database or disk is full") == true }, "\(rig.logs)")
            try shell("rm \(mount)/filler")
            #expect(await eventually(seconds: 60) { await known(rig).values.reduce(0, +) == 300 }, "\(rig.logs)")
            rig.aggregator?.end(SIGTERM)
            rig.agent?.end(SIGTERM)
        }

        @Test func aReadOnlyStateFolderIsSaidAndWorkGoesOn() async throws {
            let rig = try rig()
            let state = rig.folder.path + "/agent"
            try shell("mkdir \(state) && mount -t tmpfs -o ro tmpfs \(state)")
            defer { _ = try? Child.run(["/bin/umount", "-l", state]) }
            try await rig.start()
            try rig.folder.append("known failure 1\n", to: "app.log")
            #expect(await eventually { await known(rig) == ["1": 1] }, "\(rig.logs)")
            func checkpoint() async throws -> Observation? {
                try await rig.snapshot()?.observations.first {
                    $0.observation.source == "checkpoint" && $0.observation.outcome == .unobserved
                }?.observation
            }
            #expect(await eventually { (try? await checkpoint()) != nil })
            #expect(try await checkpoint()?.detail.contains("Read-only file system") == true)
            let (status, output) = try Child.run([Products.agent, "health", "--state-dir", state])
            #expect(status == 0, "\(output)")
        }

        @Test(.enabled(if: Machine.makesJournals && Machine.has("/usr/bin/setpriv")))
        func anUnreadableJournalIsForbiddenAndNotHealthy() async throws {
            let rig = try Rig(agentArguments: [])
            let journal = rig.folder.path + "/journal"
            try shell(
                "chmod 755 \(rig.folder.path); mkdir \(journal); cp \(Products.agent) \(rig.folder.path)/ke-agent")
            try JournalMaker.write([.init("x", time: 1_700_000_000_000_000)], to: journal + "/system.journal")
            try shell("chmod 600 \(journal)/system.journal")
            let rules =
                "apiVersion: ke/v1\nkind: LogRules\nsource: { journald: { transport: kernel } }\nrules: [ { id: a, reason: A, check: NodeOOM, pattern: x } ]\n"
            let file = try rig.folder.write(rules, to: "rules.yaml")
            let (_, output) = try Child.run([
                "/usr/bin/setpriv", "--reuid=65534", "--clear-groups", rig.folder.path + "/ke-agent", "once",
                "--no-built-in-rules",
                "--rules", file, "--kernel-log", "journal",
                "--journal-dir", journal,
            ])
            #expect(output.contains("NodeOOM  forbidden journal"), "\(output)")
            #expect(output.contains("Permission denied"))
        }

        @Test func sigtermFinishesWhatWasAccepted() async throws {
            let rig = try rig()
            try await rig.start()
            try rig.folder.append((1...200).map { "known failure \($0)\n" }.joined(), to: "app.log")
            #expect(await eventually { await known(rig).count >= 60 }, "\(rig.logs)")
            #expect(rig.agent?.end(SIGTERM) == 0)
            #expect(rig.aggregator?.end(SIGTERM) == 0)
            try await rig.start()
            #expect(await eventually { await known(rig).values.reduce(0, +) == 200 }, "\(rig.logs)")
        }

        @Test func aLostStoreIsFilledAgain() async throws {
            let rig = try rig()
            try await rig.start()
            try rig.folder.append("known failure 1\nknown failure 2\n", to: "app.log")
            #expect(await eventually { await known(rig).count == 2 }, "\(rig.logs)")
            rig.aggregator?.end(SIGKILL)
            try FileManager.default.removeItem(atPath: rig.aggregatorState)
            try rig.startAggregator()
            // The agent hears another store's id and reads its last 24 hours again.
            #expect(await eventually(seconds: 45) { await known(rig) == ["1": 1, "2": 1] }, "\(rig.logs)")
        }

        @Test func aLineIsInTheReportSoon() async throws {
            let rig = try rig()
            try await rig.start()
            #expect(await eventually { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
            var worst = Duration.zero
            for index in 1...5 {
                let begun = ContinuousClock.now
                try rig.folder.append("known failure \(index)\n", to: "app.log")
                #expect(await eventually { await known(rig)["\(index)"] == 1 }, "\(rig.logs)")
                worst = max(worst, ContinuousClock.now - begun)
            }
            print("line to report: worst of five \(worst)")
        }

        @Test func flagsThatAreWrongSayWhatIsRight() throws {
            for (arguments, wanted) in [
                (["--severity", "bad"], "info, warning, danger, fatal"),
                (["--since", "1 hour"], "is not a valid unit"),
                (["-o", "xml"], "table, wide, json, yaml"),
                (["--table", "x"], "nodes, components, events"), (["--limit=-1"], "0 or more"),
            ] {
                let (status, output) = try Child.run([Products.aggregator, "report"] + arguments)
                #expect(status != 0, "\(arguments): \(output)")
                #expect(output.contains(wanted), "\(arguments): \(output)")
            }
            let (status, output) = try Child.run([
                Products.aggregator, "report", "--aggregator", "http://127.0.0.1:1",
            ])
            #expect(status == 1, "\(output)")
            #expect(output.contains("does not answer"), "\(output)")
        }
    }
}
