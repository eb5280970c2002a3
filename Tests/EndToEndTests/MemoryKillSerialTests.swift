import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Wire

extension EndToEndSerialTests {
    /// A real kill becomes exactly one finding, in the report moments after the kernel's line.
    @Suite(.serialized, .enabled(if: Machine.killsForMemory)) struct MemoryKill {
        private func check(_ rig: Rig, source: String) async throws {
            #expect(await eventually { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
            let cgroup = "ke-oom-\(UUID().uuidString.prefix(8))"
            let begun = ContinuousClock.now
            let pid = try MemoryHog.kill(cgroup: cgroup)
            func mine() async throws -> [Finding] {
                try await rig.findings("NodeOOM").filter {
                    $0.detection.subject.contains(cgroup) && $0.detection.rule != "cgroup-counters"
                }
            }
            #expect(await eventually { (try? await mine().isEmpty) == false }, "\(rig.logs)")
            print("kill to report, with the kill itself: \(ContinuousClock.now - begun)")
            let found = try await mine()
            #expect(found.count == 1)
            let finding = try #require(found.first)
            #expect(finding.count == 1)
            #expect(finding.detection.message.contains("pid \(pid)"))
            #expect(finding.detection.message.contains("python3"))
            #expect(finding.detection.message.contains("/\(cgroup)"))
            #expect(finding.evidence.first?.source == source)
            let output = try await rig.report(holding: cgroup)
            #expect(output.contains("OOMKilling"), "\(output)")
        }

        @Test func isOneFindingFromKmsg() async throws {
            let rig = try Rig(agentArguments: ["--rules", Rig.shippedRules, "--kernel-log", "kmsg"])
            try await rig.start()
            try await check(rig, source: "kmsg")
        }

        @Test(.enabled(if: Machine.runsJournald)) func isOneFindingFromJournald() async throws {
            let journald = try Journald()
            #expect(await eventually { journald.isReady() })
            let rig = try Rig(agentArguments: ["--rules", Rig.shippedRules, "--kernel-log", "journal"])
            try await rig.start()
            try await check(rig, source: "journal")
        }
    }
}

/// One after the other: they share the machine's kernel log and journald.
@Suite(.serialized) enum EndToEndSerialTests {}
