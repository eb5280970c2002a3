import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import Checks
@testable import Documents
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Practice
@testable import Web
@testable import Wire

@Suite struct OverrideTests {
    private let cluster = """
        kind: Node
        metadata: { name: gpu-1, labels: { pool: gpu }, creationTimestamp: '@-9d' }
        status: { conditions: [{ type: DiskPressure, status: 'True', reason: R, lastTransitionTime: '@-9m' }] }
        ---
        kind: Node
        metadata: { name: web-1, labels: { pool: web }, creationTimestamp: '@-9d' }
        status: { conditions: [{ type: DiskPressure, status: 'True', reason: R, lastTransitionTime: '@-9m' }] }
        ---
        kind: PodDisruptionBudget
        metadata: { name: web, namespace: shop }
        status: { disruptionsAllowed: 0, currentHealthy: 3, desiredHealthy: 3, expectedPods: 3 }

        """

    private func state(_ overrides: String) throws -> EvaluatedState {
        let text = cluster + "---\nkind: Scenario\noverrides: \(overrides)\n"
        return try CheckFixture(check: "", name: "overrides", text: text).evaluated()
    }

    private func disks(_ state: EvaluatedState) -> [String] {
        state.findings.filter { $0.detection.check == "NodeDisk" }.map(\.node)
    }

    @Test(arguments: [
        ("{ checks: [NodeDisk] }", []), ("{ nodes: ['gpu-*'] }", ["web-1"]),
        ("{ nodeSelector: { pool: web } }", ["gpu-1"]),
        ("{ checks: [NodeDisk], nodes: [web-1] }", ["gpu-1"]), ("{ checks: [NodeMemory] }", ["gpu-1", "web-1"]),
        ("{ namespaces: [shop] }", ["gpu-1", "web-1"]), ("{ names: ['*-1'] }", []),
    ]) func silenceWhatMatches(_ match: String, _ left: [String]) throws {
        let state = try state("[{ match: \(match), set: { ignore: true } }]")
        #expect(disks(state) == left)
        let all = try self.state("[]").findings.count
        #expect(state.silenced.count + state.findings.count == all)
    }

    @Test func expireAndAreReported() throws {
        let over = try state("[{ match: { checks: [NodeDisk] }, set: { ignore: true }, until: '@-1m', reason: old }]")
        #expect(disks(over).count == 2)
        #expect(over.expiredOverrides.map(\.reason) == ["old"])
        #expect(over.silenced.isEmpty)
        let current = try state("[{ match: { checks: [NodeDisk] }, set: { ignore: true }, until: '@+1m' }]")
        #expect(disks(current).isEmpty)
        #expect(current.expiredOverrides.isEmpty)
    }

    @Test func setSeveritiesAndThresholdsOfSomeObjects() throws {
        let lowered = try state("[{ match: { nodes: [gpu-1] }, set: { severity: info } }]")
        #expect(
            lowered.findings.filter { $0.detection.check == "NodeDisk" }.map(\.detection.severity) == [.danger, .info])
        let text = """
            kind: Node
            metadata: { name: a, labels: { pool: spot }, creationTimestamp: '@-9d' }
            spec: { unschedulable: true, taints: [{ key: node.kubernetes.io/unschedulable, effect: NoSchedule, timeAdded: '@-2h' }] }
            ---
            kind: Node
            metadata: { name: b, creationTimestamp: '@-9d' }
            spec: { unschedulable: true, taints: [{ key: node.kubernetes.io/unschedulable, effect: NoSchedule, timeAdded: '@-2h' }] }
            ---
            kind: Scenario
            overrides: [{ match: { nodeSelector: { pool: spot } }, set: { thresholds: { hours: 1 } } }]
            """
        let state = try CheckFixture(check: "", name: "t", text: text).evaluated()
        #expect(state.findings.filter { $0.detection.check == "NodeCordonedLong" }.map(\.node) == ["a"])
    }

    /// Of gauges on nodes: they go to the agents, by node and label, and a later entry counts.
    @Test func thresholdsOfGaugesAreForTheNodesThatMatch() throws {
        let set = try OverrideSet(
            Array(
                """
                - { match: { checks: [NodeMemory] }, set: { thresholds: { memoryPercent: 95, diskPercent: 1 } } }
                - { match: { nodeSelector: { pool: gpu } }, set: { thresholds: { memoryPercent: 99, minutes: 3 } } }
                - { match: { namespaces: [shop] }, set: { thresholds: { cpuPercent: 1 } } }
                - { match: { nodes: ['x*'] }, set: { thresholds: { cpuPercent: 80 } }, until: '2026-01-01T00:00:00Z' }
                """.utf8), file: "f")
        let now = try #require(KubernetesTime.parse("2025-12-31T00:00:00Z"))
        func thresholds(_ node: String, _ labels: [String: String] = [:], at time: Timestamp) -> [String: Double] {
            InstructionRegistry().instructions(
                for: node, overrides: set, thresholds: ["zombies": 7], labels: labels, at: time
            ).thresholds ?? [:]
        }
        #expect(thresholds("a", at: now) == ["memoryPercent": 95, "zombies": 7])
        #expect(thresholds("a", ["pool": "gpu"], at: now) == ["memoryPercent": 99, "zombies": 7])
        #expect(thresholds("x1", at: now) == ["memoryPercent": 95, "cpuPercent": 80, "zombies": 7])
        #expect(thresholds("x1", at: now + 2 * 86_400) == ["memoryPercent": 95, "zombies": 7])
    }

    @Test func areWrittenAsTheyAreRead() throws {
        let text =
            "overrides: [{ match: { checks: [NodeDisk], nodes: ['a*'], nodeSelector: { pool: x } }, set: { severity: info, ignore: true, acknowledge: true, thresholds: { days: 3 } }, until: '2030-01-01T00:00:00Z', reason: 'yes: no', by: me }]"
        var first = try OverrideSet(Array(text.utf8), file: "f")
        var second = try OverrideSet(Array(first.yaml.utf8), file: "f")
        first.entries[0].place = ""
        second.entries[0].place = ""
        #expect(first == second)
    }

    @Test(arguments: [
        ("overrides: 7", "f:1:12: error: overrides: a list is expected"),
        ("overrides: [{ mach: {} }]", "did you mean 'match'?"),
        ("overrides: [{ match: { checks: [NodeDsk] } }]", "did you mean 'NodeDisk'?"),
        ("overrides: [{ until: soon }]", "f:1:22: error: until: a time such as"),
        ("overrides: [{ set: { severity: bad } }]", "fatal, danger, warning or info"),
        ("overrides: [{ set: { thresholds: { diskPercnt: 1 } } }]", "did you mean 'diskPercent'?"),
        ("overrides: [{ set: { thresholds: { diskPercent: 0 } } }]", "a number above zero"),
        ("overrides: [{ set: { thresholds: { minutes: -1 } } }]", "a number of zero or more"),
        ("overrides: [{ set: { thresholds: { minutes: none } } }]", "a number is expected"),
        ("overrides: [", "f:"), ("overrides: [7]", "f:1:13: error: overrides: a mapping is expected"),
    ]) func mistakesAreNamedWithTheirPlace(_ text: String, _ words: String) {
        #expect { try OverrideSet(Array(text.utf8), file: "f") } throws: { "\($0)".contains(words) }
    }

    @Test(arguments: [
        ("a*", "abc", true), ("*c", "abc", true), ("a*c", "abc", true), ("a*b*c", "axxbyyc", true), ("*", "", true),
        ("a*", "b", false),
        ("a*c", "ab", false), ("abc", "abcd", false), ("ab*bc", "abc", false), ("**", "x", true),
    ]) func globs(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(Glob.matches(pattern, text) == matches)
    }
}

@Suite struct CheckConfigurationTests {
    @Test func readsSeveritiesAndThresholds() throws {
        let text =
            "apiVersion: ke/v1\nkind: Configuration\nsecrets: true\nchecks:\n  NodeDisk: danger\n  PodPending: { severity: info, thresholds: { minutes: 10 } }\n  NodeCPU: ignore\n"
        let settings = try CheckConfiguration.read(Array(text.utf8), file: "f").get()
        #expect(settings.readsSecrets)
        #expect(settings.severities == ["NodeDisk": .danger, "PodPending": .info])
        #expect(settings.thresholds == ["PodPending": ["minutes": 10]])
        #expect(settings.skip == ["NodeCPU"])
        #expect(!settings.isEnabled("NodeCPU"))
        #expect(settings.kinds.contains(.secrets))
        #expect(!EvaluationSettings().kinds.contains(.secrets))
    }

    @Test(arguments: [
        ("checks: { NodeDisk: terrible }", "f:1:21: error: checks.NodeDisk: 'terrible' is not a valid severity"),
        (
            "checks: { PodPending: { thresholds: { hours: 1 } } }",
            "PodPending has no threshold 'hours'; it has: minutes"
        ),
        ("checks: { PodPending: { thresholds: { minutes: x } } }", "a number is expected"),
        ("secrets: maybe", "true or false"), ("checks: [", "f:"),
    ]) func mistakesAreNamedWithTheirPlace(_ text: String, _ words: String) {
        #expect { try CheckConfiguration.read(Array(text.utf8), file: "f").get() } throws: { "\($0)".contains(words) }
    }

    /// What nobody has is a problem of the file with its place; the rest of the file counts.
    @Test func unknownNamesAreProblemsAndTheRestCounts() throws {
        let text = "chekcs: {}\nchecks:\n  NodeDsk: danger\n  NodeDisk: danger\n  tagNotSpecified: ignore\n"
        let settings = try CheckConfiguration.load(config: (Array(text.utf8), "f")).get()
        #expect(settings.severities == ["NodeDisk": .danger])
        #expect(!settings.isEnabled("PodSetTagNotSpecified"))
        #expect(settings.isEnabled("PodSetRunAsPrivileged"))
        #expect(
            settings.workloads.problems.map(\.description) == [
                "f:1:1: warning: chekcs: unknown field; did you mean 'checks'?",
                "f:3:3: error: checks.NodeDsk: no check has this name; did you mean 'NodeDisk'?",
            ])
    }
}

@Suite struct SelectorAndScheduleTests {
    @Test(arguments: [
        ("app=web", true), ("app==web,tier!=test", true), ("app in (web, api),tier notin (x)", true), ("app", true),
        ("!gone", true),
        ("app=api", false), ("!app", false), ("tier in (x)", false), ("tier=prod,app=web", true),
    ]) func selectsAsKubectlDoes(_ text: String, _ matches: Bool) throws {
        let selector = try #require(LabelSelector(parsing: text))
        #expect(selector.matches(["app": "web", "tier": "prod"]) == matches)
    }

    @Test(arguments: ["=x", "a in x", "a b"]) func refusesWhatIsNoSelector(_ text: String) {
        #expect(LabelSelector(parsing: text) == nil)
    }

    @Test(arguments: [
        ("*/15 * * * *", 4), ("0 * * * *", 1), ("30 12 * * *", 1), ("0 0 1 1 *", 0), ("@hourly", 1), ("@every 20m", 3),
        ("0-59/30 12 * jan-dec thu", 1),
        ("5,10,15 12 1 1 ?", 3), ("0 13 * * 1-5", 1), ("0 13 2 * 4", 1),
    ]) func countsSchedules(_ text: String, _ count: Int) throws {
        // Thursday 2026-01-01, 12:00 to 13:00 UTC.
        let start = Timestamp(seconds: 1_767_268_800)
        let zone = try #require(CronSchedule.zone(""))
        #expect(
            try #require(CronSchedule(text)).times(after: start, until: start + 3600, in: zone, max: 9).count == count)
    }

    @Test(arguments: ["", "* * * *", "60 * * * *", "* * 0 * *", "a b c d e", "*/0 * * * *", "5-1 * * * *", "@never"])
    func refusesOddSchedules(_ text: String) {
        #expect(CronSchedule(text) == nil)
    }

    @Test(arguments: [("100m", 0.1), ("1.5Gi", 1_610_612_736), ("1e3", 1000), ("2k", 2000), ("7", 7), ("5E", 5e18)])
    func readsQuantities(_ text: String, _ value: Double) {
        #expect(Quantity(text)?.value == value)
    }

    @Test func timesAgreeWithFoundation() throws {
        var random = SeededRandom(seed: 5)
        let format = ISO8601DateFormatter()
        for _ in 0..<500 {
            let seconds = Double(Int.random(in: 0..<4_000_000_000, using: &random))
            let text = format.string(from: Date(timeIntervalSince1970: seconds))
            #expect(KubernetesTime.parse(text) == Timestamp(seconds: seconds))
        }
        #expect(
            KubernetesTime.parse("2024-05-01T10:00:00.000001+08:00")
                == KubernetesTime.parse("2024-05-01T02:00:00.000001Z"))
        for odd in [
            "0001-01-01T00:00:00Z", "", "2024-13-01T00:00:00Z", "2024-05-01", "2024-05-01T10:00:00",
            "xxxx-05-01T10:00:00Z",
        ] {
            #expect(KubernetesTime.parse(odd) == nil, "\(odd)")
        }
        #expect(
            KubernetesTime.parseHTTP("Wed, 01 May 2024 10:01:01 GMT") == KubernetesTime.parse("2024-05-01T10:01:01Z"))
        #expect(KubernetesTime.parseHTTP("yesterday") == nil)
    }
}
