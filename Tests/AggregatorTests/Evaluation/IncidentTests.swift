import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report

@Suite struct IncidentTests {
    private let now = Timestamp(seconds: 1_767_268_800)

    private func state(_ text: String) throws -> EvaluatedState {
        try CheckFixture(check: "", name: "t", text: text).evaluated()
    }

    private func node(_ name: String, ready: String = "True", pool: String = "a", kernel: String = "6.1.0-25") -> String
    {
        """
        kind: Node
        metadata: { name: \(name), labels: { pool: \(pool) }, creationTimestamp: '@-9d' }
        status:
          nodeInfo: { kernelVersion: \(kernel), kubeletVersion: v1.31.4 }
          conditions:
            - type: Ready
              status: '\(ready)'
              message: container runtime is down
              reason: R
              lastTransitionTime: '@-10m'
        """
    }

    private func pod(_ name: String, node: String, owner: String = "web", ready: String = "False") -> String {
        """
        kind: Pod
        metadata: { name: \(name), namespace: shop, uid: \(name), creationTimestamp: '@-9d', ownerReferences: [{ kind: StatefulSet, name: \(owner), controller: true }] }
        spec: { nodeName: \(node) }
        status: { phase: Running, conditions: [{ type: Ready, status: '\(ready)', lastTransitionTime: '@-9m' }] }
        """
    }

    private func incidents(_ documents: [String]) throws -> [IncidentGrouping.Group] {
        let state = try state(documents.joined(separator: "\n---\n"))
        return state.incidents(of: state.findings.filter { $0.detection.severity > .info })
    }

    @Test func manyNodesWithOneCauseAreOneIncidentWithWhatTheyShare() throws {
        let sick = (0..<4).map { node("s\($0)", ready: "False", pool: "spot-a", kernel: "6.1.0-28") }
        let well = (0..<8).map { node("w\($0)", pool: $0 == 0 ? "spot-a" : "b") }
        let groups = try incidents(
            sick + well + [
                pod("web-0", node: "s0"), pod("web-1", node: "s1"), pod("db-0", node: "s2", owner: "db"),
                pod("db-1", node: "w1", owner: "db", ready: "True"),
            ])
        let one = try #require(groups.first)
        #expect(groups.count == 1)
        #expect(one.object == "4 nodes")
        #expect(one.lead.detection.check == "DockerHealthStatus")
        #expect(one.common == ["pool=spot-a", "kernel=6.1.0-28"])
        #expect(one.pods == 3)
        #expect(one.lost.map(\.name) == ["web"])
        #expect(one.severity == .fatal)
        let report = ReportBuilder(
            state: try state((sick + well).joined(separator: "\n---\n")), options: ReportOptions()
        ).build()
        #expect(report.incidents.first?.summary.contains("all pool=spot-a kernel=6.1.0-28") == true)
    }

    /// Whatever check it is: the same trouble on three nodes is one incident.
    @Test func oneTroubleOnManyNodesIsOneIncident() throws {
        let nodes = ["kind: Scenario\nversion: v1.35.1"] + (0..<5).map { node("n\($0)") }
        let groups = try incidents(nodes)
        #expect(groups.map(\.object) == ["5 nodes"])
        #expect(groups.first?.lead.detection.check == "NodeVersionSkew")
        #expect(try incidents(Array(nodes.prefix(3))).count == 2, "two are no crowd")
    }

    @Test func oneTroubleAtThreeDevicesOfANodeIsNoCrowd() throws {
        let agents = "kind: Scenario\nagents:\n  heard: { n0: 10 }\n  findings:\n"
        let findings = ["sda", "sdb", "sdc"].map {
            "    - { check: NodeDiskHardware, node: n0, severity: danger, subject: \($0), message: 'dev \($0)' }"
        }
        let groups = try incidents([agents + findings.joined(separator: "\n"), node("n0")])
        #expect(groups.map(\.object) == ["node/n0", "node/n0", "node/n0"])
    }

    /// Owners are remembered; a pod with another hash beside them changes nobody else's, whichever comes first.
    @Test(arguments: [false, true]) func anotherPodsLabelChangesNoOwner(_ isReversed: Bool) throws {
        func pod(_ name: String, hash: String) -> String {
            """
            kind: Pod
            metadata: { name: \(name), namespace: shop, uid: \(name), labels: { pod-template-hash: \(hash) }, ownerReferences: [{ kind: ReplicaSet, name: web-7d9f, controller: true }] }
            """
        }
        let pods = [pod("web-1", hash: "7d9f"), pod("web-2", hash: "other")]
        let deployment = "kind: Deployment\nmetadata: { name: web, namespace: shop }\nspec: { replicas: 2 }"
        let text = ([deployment] + (isReversed ? pods.reversed() : pods)).joined(separator: "\n---\n")
        let state = try state(text)
        #expect(
            state.workloads.keys.map { "\($0.kind) \($0.name)" }.sorted() == ["Deployment web", "ReplicaSet web-7d9f"])
    }

    @Test func whatTheHealthyHaveTooIsNoCommonFactor() {
        func facts(_ pool: String, _ zone: String) -> NodeFacts {
            NodeFacts(factors: [.init(name: "pool", value: pool), .init(name: "zone", value: zone)])
        }
        var nodes: [String: NodeFacts] = [:]
        for index in 0..<10 { nodes["s\(index)"] = facts("spot", "z1") }
        for index in 0..<10 { nodes["w\(index)"] = facts(index < 2 ? "spot" : "own", "z1") }
        let sick = Set((0..<10).map { "s\($0)" })
        #expect(CommonFactor.find(sick, in: nodes) == ["pool=spot"])
        nodes["w2"] = facts("spot", "z1")
        #expect(CommonFactor.find(sick, in: nodes).isEmpty, "three tenths of the healthy have it")
        #expect(CommonFactor.find(["s0", "s1"], in: nodes).isEmpty, "two are no crowd")
        #expect(CommonFactor.find(Set(nodes.keys), in: nodes).isEmpty, "nobody is healthy")
    }

    @Test func aSickNodeExplainsItsPods() throws {
        let groups = try incidents([
            node("n1", ready: "False"), node("n2"),
            """
            kind: Event
            metadata: { name: p.1, namespace: shop }
            involvedObject: { kind: Pod, name: web-0, namespace: shop }
            reason: FailedKillPod
            type: Warning
            message: error killing pod
            lastTimestamp: '@-5m'
            source: { host: n1 }
            """, pod("web-0", node: "n1"),
        ])
        try #require(groups.count == 1)
        #expect(groups[0].object == "node/n1")
        #expect(groups[0].lead.detection.check == "DockerHealthStatus")
        #expect(groups[0].findings.count == 2)
    }

    @Test func aWorkloadsTroublesAreOneIncident() throws {
        let groups = try incidents([
            """
            kind: Deployment
            metadata: { name: web, namespace: shop, creationTimestamp: '@-9d' }
            spec: { replicas: 1, selector: { matchLabels: { app: web } } }
            status: { conditions: [{ type: Available, status: 'False', lastTransitionTime: '@-20m' }] }
            """,
            """
            kind: Pod
            metadata: { name: web-5d-x, namespace: shop, uid: u, labels: { app: web, pod-template-hash: 5d }, ownerReferences: [{ kind: ReplicaSet, name: web-5d, controller: true }] }
            spec: { nodeName: n1 }
            status: { phase: Running, conditions: [{ type: Ready, status: 'False', lastTransitionTime: '@-20m' }], containerStatuses: [{ name: app, restartCount: 9, ready: false, state: { waiting: { reason: CrashLoopBackOff } }, lastState: { terminated: { reason: OOMKilled, exitCode: 137, startedAt: '@-3m', finishedAt: '@-2m' } } }] }
            """, "kind: Service\nmetadata: { name: web, namespace: shop }\nspec: { selector: { app: web } }",
            node("n1"),
        ])
        #expect(groups.count == 1)
        #expect(groups.first?.lead.detection.check == "PodOOMKilled", "the cause leads")
        #expect(groups.first?.object == "deployment/shop/web")
        #expect(
            Set(groups.first?.findings.map(\.detection.check) ?? []) == [
                "PodOOMKilled", "WorkloadUnavailable", "ServiceNoEndpoints",
            ])
        #expect(groups.first?.lead.detection.also == ["PodCrashLoop"], "the loop is the same trouble, in the same row")
        #expect(groups.first?.lead.isState == true)
        #expect(groups.first?.lost.map(\.name) == ["web"])
    }

    @Test func theSameInputsInAnyOrderGiveTheSameBytes() throws {
        let documents =
            (0..<6).map { node("s\($0)", ready: "False", pool: "x") } + (0..<6).map { node("w\($0)") }
            + (0..<12).map { pod("web-\($0)", node: "s\($0 % 6)") }
            + (0..<20).map { index in
                """
                kind: Event
                metadata: { name: e\(index).1, namespace: ns\(index % 3) }
                involvedObject: { kind: Pod, name: p\(index), namespace: ns\(index % 3) }
                reason: R\(index % 4)
                type: Warning
                message: number \(index)
                lastTimestamp: '@-\(index)m'
                """
            }
        var random = SeededRandom(seed: 11)
        var outputs: Set<String> = []
        for _ in 0..<5 {
            let report = ReportBuilder(
                state: try state(documents.shuffled(using: &random).joined(separator: "\n---\n")),
                options: ReportOptions()
            ).build()
            for format in ReportFormats.all { outputs.insert(format.id + (try format.render(report, ReportLayout()))) }
        }
        #expect(outputs.count == ReportFormats.all.count)
    }

    @Test func oneLookAloneIsNotFatal() throws {
        var state = try state("kind: Scenario\nreadyz: |\n  [-]etcd failed: reason withheld\n")
        #expect(FatalConfirmation.unconfirmed(state).count == 1)
        let keys = Set(state.findings.map(\.key))
        FatalConfirmation.confirm(&state, earlier: keys)
        #expect(state.findings.first?.detection.severity == .fatal)
        FatalConfirmation.confirm(&state, earlier: [])
        #expect(state.findings.first?.detection.severity == .danger)
        // A state that the API dates is its own history.
        let dated = try self.state(node("n1", ready: "False"))
        #expect(FatalConfirmation.unconfirmed(dated).isEmpty)
    }
}
