import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Wire

extension EndToEndSerialTests {
    /// Conditions of a node from their beginning to their four ends, with both programs killed in between.
    @Suite(.serialized) struct Conditions {
        private static let rules = """
            apiVersion: ke/v1
            kind: LogRules
            source: { file: { path: /var/log/app.log } }
            rules:
              - { id: by-line, reason: ByLine, pattern: 'link down', condition: { type: ByLine, clears: 'link up' } }
              - { id: by-age, reason: ByAge, pattern: 'fan slow', condition: { type: ByAge, clearsAfter: 20s } }
              - { id: by-boot, reason: ByBoot, pattern: 'chip broken', condition: { type: ByBoot } }
              - id: by-probe
                reason: ByProbe
                pattern: 'mount gone read-only'
                condition: { type: ReadonlyFilesystem, check: NodeFilesystemReadOnly, probe: filesystem }
            """

        /// A host of the test's own: its boot id and its mount table, and the real gauges.
        private static func host(_ folder: TemporaryFolder, boot: Character) throws -> String {
            let id = String(repeating: boot, count: 8) + "-0000-4000-8000-000000000000\n"
            try folder.write(id, to: "host/proc/sys/kernel/random/boot_id")
            try folder.write("btime \(Int(Date().timeIntervalSince1970) - 100)\n", to: "host/proc/stat")
            try folder.write("27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n", to: "host/proc/1/mountinfo")
            return folder.path + "/host"
        }

        @Test func endByLineByAgeByProbeAndByBoot() async throws {
            let rig = try Rig(agentArguments: [])
            let root = try Self.host(rig.folder, boot: "a")
            let log = "host/var/log/app.log"
            try rig.folder.write("", to: log)
            rig.agentArguments = [
                "--rules", try rig.folder.write(Self.rules, to: "rules.yaml"), "--host-root", root, "--kernel-log",
                "kmsg",
            ]
            try await rig.start()
            func states() async -> [String: (first: Timestamp, ended: Timestamp?)] {
                let findings = (try? await rig.snapshot()?.findings) ?? []
                let own = findings.filter { !$0.condition.isEmpty }
                return Dictionary(own.map { ($0.condition, ($0.first, $0.resolvedAt)) }) { $0.1 == nil ? $0 : $1 }
            }
            func holds(_ type: String) async -> Bool { await states()[type].map { $0.ended == nil } ?? false }
            #expect(
                await eventually(seconds: 30) { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
            try rig.folder.append("link down\nfan slow\nchip broken\nmount gone read-only\n", to: log)
            let all = ["ByLine", "ByAge", "ByBoot", "ReadonlyFilesystem"]
            #expect(await eventually(seconds: 30) { Set(await states().keys) == Set(all) }, "\(rig.logs)")
            let begun = await states().mapValues(\.first)

            // Both killed and started again: what holds still holds, since when it did.
            rig.agent?.end(SIGKILL)
            rig.aggregator?.end(SIGKILL)
            try rig.startAggregator()
            #expect(await eventually { await rig.isReady() })
            try rig.startAgent()
            #expect(await eventually(seconds: 30) { rig.agent?.log.contains("The agent runs.") == true })
            for type in ["ByLine", "ByBoot"] { #expect(await holds(type), "\(type)") }
            #expect(await states()["ByLine"]?.first == begun["ByLine"])

            try rig.folder.append("link up\n", to: log)
            #expect(await eventually(seconds: 30) { await !holds("ByLine") }, "\(rig.logs)")
            #expect(await eventually(seconds: 40) { await !holds("ByAge") }, "\(rig.logs)")
            // The sampler looks once a minute, and finds the mount writable.
            #expect(await eventually(seconds: 90) { await !holds("ReadonlyFilesystem") }, "\(rig.logs)")
            #expect(await holds("ByBoot"), "no line, no age and no probe ends it")

            rig.agent?.end(SIGTERM)
            _ = try Self.host(rig.folder, boot: "b")
            try rig.startAgent()
            #expect(await eventually(seconds: 30) { await !holds("ByBoot") }, "\(rig.logs)")
            // And a line of this boot begins it anew.
            try rig.folder.append("chip broken\n", to: log)
            #expect(await eventually(seconds: 30) { await holds("ByBoot") }, "\(rig.logs)")
        }
    }
}
