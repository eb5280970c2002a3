import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Wire

extension EndToEndSerialTests {
    /// Exceptions that reach the nodes themselves.
    @Suite(.serialized) struct Overrides {
        @Test func thresholdsReachTheGaugesOfTheNodesThatAreNamed() async throws {
            let rig = try Rig(agentArguments: [])
            rig.agentArguments = ["--config", try rig.folder.write("heartbeat: 1s\n", to: "agent.yaml")]
            let path = try rig.folder.write("overrides: []\n", to: "overrides.yaml")
            rig.aggregatorArguments += ["--overrides", path]
            try await rig.start()
            func memory() async -> [Finding] { (try? await rig.findings("NodeMemory")) ?? [] }
            #expect(
                await eventually(seconds: 30) {
                    (try? await rig.snapshot()?.observations.contains { $0.observation.check == "NodeMemory" }) == true
                }, "\(rig.logs)")
            let before = await memory()
            #expect(before.isEmpty)
            let mistaken = "overrides: [{ set: { thresholds: { memoryPercnt: 1 } } }]\n"
            try rig.folder.write(mistaken, to: "overrides.yaml")
            _ = try await rig.report(holding: "did you mean 'memoryPercent'?")
            let low = "set: { thresholds: { memoryPercent: 0.1, memoryAvailableBytes: 1.0e15, samplesNeeded: 1 } }"
            try rig.folder.write("overrides: [{ match: { nodes: ['ri*'] }, \(low) }]\n", to: "overrides.yaml")
            #expect(await eventually(seconds: 40) { await memory().count == 1 }, "\(rig.logs)")
            #expect(await memory().first?.detection.message.contains("threshold 0.1%") == true)
            try rig.folder.write("overrides: []\n", to: "overrides.yaml")
            #expect(await eventually(seconds: 40) { await memory().allSatisfy { $0.resolvedAt != nil } }, "\(rig.logs)")
        }
    }
}
