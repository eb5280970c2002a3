import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform

/// What holds of causes whatever is wrong: random findings of all checks on a few nodes and workloads.
@Suite struct CauseSearchTests {
    private let now = Timestamp(seconds: 1_767_268_800)

    private func finding(_ number: Int, _ random: inout SeededRandom) -> EvaluatedFinding {
        let entry = Catalogue.builtIn.entries[Int.random(in: 0..<Catalogue.builtIn.entries.count, using: &random)]
        let node = "n\(Int.random(in: 0..<3, using: &random))", workload = "w\(Int.random(in: 0..<3, using: &random))"
        let kinds = ["Node", "Pod", "Deployment", "Service", "Component", "ResourceQuota"]
        let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
        let texts = ["i/o error on sda", "lookup db: no such host", "exceeded quota", "timeout", "plain"]
        let object = ObjectReference(
            kind: kind, namespace: ["Node", "Component"].contains(kind) ? "" : "shop",
            name: kind == "Node"
                ? node : kind == "Pod" ? "\(workload)-\(Int.random(in: 0..<2, using: &random))" : workload)
        var content = EvaluatedFinding.Content(
            id: "\(number)", node: ["Node", "Pod"].contains(kind) ? node : "",
            detection: Detection(
                check: entry.id, rule: "r", reason: entry.id == "WarningEvent" ? "FailedCreate" : entry.id,
                severity: .danger, object: object,
                message: texts[Int.random(in: 0..<texts.count, using: &random)]),
            first: now - Double.random(in: 600...3600, using: &random),
            last: now - Double.random(in: 0...600, using: &random), count: 1, isState: Bool.random(using: &random),
            evidence: [], table: entry.table)
        if kind == "Pod" || kind == "Service" {
            content.owner = ObjectReference(kind: "Deployment", namespace: "shop", name: workload)
        }
        return EvaluatedFinding(content)
    }

    private func state() -> EvaluatedState {
        EvaluatedState(
            generatedAt: now, clusterName: "t",
            nodes: Dictionary(uniqueKeysWithValues: (0..<3).map { ("n\($0)", NodeFacts(isReady: $0 > 0)) }))
    }

    @Test(arguments: 1...20) func noEffectLeadsItsCause(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let findings = (0..<300).map { finding($0, &random) }
        let search = CauseSearch(findings, state())
        for index in findings.indices {
            #expect(search.lead(of: index) != nil, "seed \(seed)")
            guard let link = search.parents[index] else { continue }
            let mechanism = search.mechanism(link), cause = findings[link.cause]
            #expect(link.cause != index)
            #expect(Catalogue.builtIn[cause.check]?.causes.contains(mechanism.id) == true)
            if let began = cause.began, let effect = findings[index].began {
                #expect(began.seconds(since: effect) <= mechanism.slackSeconds, "seed \(seed) \(mechanism.id)")
            }
        }
        #expect(search.parents.contains { $0 != nil })
    }

    @Test(arguments: 1...5) func everyFindingIsInOneIncident(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let findings = (0..<300).map { finding($0, &random) }
        let groups = state().incidents(of: findings, hasProof: true)
        #expect(groups.flatMap { $0.findings.map(\.id) }.sorted() == findings.map(\.id).sorted())
        for group in groups {
            #expect(group.proof.links.count <= IncidentProof.linksMax)
            #expect(group.proof.refused.count <= IncidentProof.refusedMax)
        }
    }

    @Test func aNearerCauseIsTakenBeforeAWorseOne() throws {
        func content(_ id: String, _ check: String, _ object: ObjectReference, _ severity: Severity, _ text: String)
            -> EvaluatedFinding
        {
            var content = EvaluatedFinding.Content(
                id: id, node: "n1",
                detection: Detection(
                    check: check, rule: "r", reason: check, severity: severity, object: object, message: text),
                first: now - 600, last: now, count: 1, isState: true, evidence: [], table: .events)
            content.hasAgent = true
            return EvaluatedFinding(content)
        }
        let pod = ObjectReference(kind: "Pod", namespace: "shop", name: "web-0")
        let findings = [
            content("disk", "NodeDiskHardware", .node("n1"), .fatal, "critical medium error, dev sda"),
            content("volume", "VolumeMountFailed", pod, .danger, "secret not found"),
            content("pod", "PodNotReady", pod, .warning, "input/output error"),
        ]
        let search = CauseSearch(findings, state())
        let link = try #require(search.parents[2])
        #expect(findings[link.cause].id == "volume")
        #expect(search.mechanism(link).scope == .pod)
    }
}
