import Testing

@testable import Checks
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import Platform

/// What becomes one finding, and what stays two.
@Suite struct FindingJoinerTests {
    private static let uid = "11111111-2222-3333-4444-555555555555"
    private static let pod = """
        ---
        kind: Deployment
        metadata: { name: web, namespace: shop }
        ---
        kind: Pod
        metadata: { name: web-7d9f-x1, namespace: shop, uid: \(uid), labels: { app: web, pod-template-hash: 7d9f }, ownerReferences: [{ kind: ReplicaSet, name: web-7d9f, controller: true }] }
        spec: { nodeName: n1 }
        status:
          phase: Running
          containerStatuses: [{ name: app, containerID: 'containerd://4f3a9c0d1e2bffff', state: { running: {} } }, { name: side, containerID: 'containerd://9999', state: { running: {} } }]
        """
    private static let sickNode = """
        ---
        kind: Node
        metadata: { name: n1 }
        status: { conditions: [{ type: Ready, status: 'False', reason: KubeletNotReady, message: container runtime is down, lastTransitionTime: '@-20m' }] }
        """

    private let now = Timestamp(seconds: 1_767_268_800)
    private let node = ObjectReference.node("n1")

    /// - Parameter text: objects and a scenario, as in fixtures of checks.
    private func joiner(_ text: String = "", scenario: String = "") throws -> FindingJoiner {
        let fixture = try CheckFixture(check: "", name: "joiner", text: "kind: Scenario\n\(scenario)\n\(text)")
        return FindingJoiner(
            view: ClusterView(
                fixture.index, scope: .node("n1"), settings: fixture.settings.checks, clock: fixture.now))
    }

    private func cluster(
        _ check: String = "NodeDisk", at object: ObjectReference? = nil, subject: String = "",
        severity: Severity = .warning, first: Double = 0, last: Double = 0, count: Int = 1, isState: Bool = true,
        evidence: Int = 1, deadline: Timestamp? = nil
    ) -> CheckFinding {
        let object = object ?? node
        return CheckFinding(
            check: check, severity: severity, object: object, subject: subject,
            node: object.kind == "Node" ? object.name : "", reason: "FromAPI", message: "the API's words",
            first: now + first, last: now + last, count: count, isState: isState,
            evidence: (0..<evidence).map { Evidence(source: "api", origin: "", time: now, text: "api \($0)") },
            table: .nodes, deadline: deadline)
    }

    private func agent(
        _ check: String = "NodeDisk", at object: ObjectReference? = nil, subject: String = "",
        severity: Severity = .warning, first: Double = 0, last: Double = 0, count: Int = 1, isState: Bool = true,
        message: String = "the agent's words", evidence: [String] = ["agent"], deadline: Timestamp? = nil,
        node: String = "n1"
    ) -> Finding {
        let detection = Detection(
            check: check, rule: "r", reason: "FromAgent", severity: severity, object: object ?? .node(node),
            subject: subject, message: message, deadline: deadline)
        return Finding(
            id: detection.key, node: node, detection: detection, first: now + first, last: now + last, count: count,
            isState: isState, condition: "", resolvedAt: nil, isDemo: false,
            evidence: evidence.map { Evidence(source: "kmsg", origin: "b:1", time: now, text: $0) })
    }

    private func joined(
        _ joiner: FindingJoiner, _ fromCluster: [CheckFinding], _ fromAgents: [Finding]
    ) -> [EvaluatedFinding.Content] {
        var joiner = joiner
        for finding in fromCluster { joiner.add(cluster: finding) }
        for finding in fromAgents { joiner.add(agent: finding) }
        return joiner.finish()
    }

    // MARK: Two sides of one thing

    @Test func bothSidesOfAStateAreOneFinding() throws {
        let all = joined(
            try joiner(), [cluster(first: -600, last: -10)], [agent(severity: .danger, first: -1200, last: -30)])
        let one = try #require(all.first)
        #expect(all.count == 1)
        #expect(one.hasAgent)
        #expect(one.detection.severity == .danger, "the worse of both")
        #expect(one.detection.message == "the API's words")
        #expect(one.first == now - 1200)
        #expect(one.last == now - 10)
        #expect(one.count == 1, "one state, seen from two sides")
        #expect(one.evidence.map(\.text) == ["api 0", "agent"])
    }

    @Test(arguments: [("/var", "/var", 1), ("/var", "/data", 2), ("", "/data", 1), ("/var", "", 1)])
    func subjectsTellFindingsApartUnlessOneSideNamesNone(_ ours: String, _ theirs: String, _ count: Int) throws {
        #expect(joined(try joiner(), [cluster(subject: ours)], [agent(subject: theirs)]).count == count)
    }

    @Test func anotherNodesOrAnotherChecksFindingIsAnother() throws {
        let all = joined(try joiner(), [cluster()], [agent(node: "n2"), agent("NodeMemory")])
        #expect(all.count == 3)
    }

    @Test(arguments: [(600.0, 1), (601, 2)]) func eventsOfTenMinutesAreOne(_ seconds: Double, _ count: Int) throws {
        let all = joined(
            try joiner(), [cluster(last: -seconds, count: 3, isState: false)], [agent(count: 2, isState: false)])
        #expect(all.count == count)
        if count == 1 { #expect(all.first?.count == 3, "both sides have seen the same ones") }
    }

    @Test func eventsOfOneSideAddUp() throws {
        let all = joined(try joiner(), [cluster(count: 2, isState: false), cluster(count: 3, isState: false)], [])
        #expect(all.map(\.count) == [5])
    }

    @Test func evidenceHasALimit() throws {
        let all = joined(try joiner(), [cluster(evidence: 3)], [agent(evidence: ["a", "b", "c"])])
        #expect(all.first?.evidence.map(\.text) == ["api 0", "api 1", "api 2", "a", "b"])
    }

    @Test func settingsDecideTheSeverityOfAgentsFindingsToo() throws {
        let all = joined(try joiner(scenario: "checks: { NodeDisk: fatal }"), [], [agent(severity: .info)])
        #expect(all.map(\.detection.severity) == [.fatal])
    }

    // MARK: A node that is not ready

    @Test func whatExplainsANotReadyNodeIsProofForItsRow() throws {
        let all = joined(
            try joiner(Self.sickNode), [cluster("DockerHealthStatus")], [agent("KubeletHealthStatus", severity: .fatal)]
        )
        let one = try #require(all.first)
        #expect(all.count == 1)
        #expect(one.detection.check == "DockerHealthStatus")
        #expect(one.hasAgent)
        #expect(one.evidence.map(\.text) == ["api 0", "agent"])
        #expect(one.detection.severity == .warning, "proof makes nothing worse")
    }

    @Test(arguments: [(sickNode, Severity.fatal), ("", .danger)])
    func aNullPointerIsFatalWhereTheNodeIsNotReady(_ objects: String, _ severity: Severity) throws {
        let all = joined(try joiner(objects), [], [agent("NodeKernelNULLPointer", severity: .danger, isState: false)])
        #expect(all.map(\.detection.severity) == [severity])
    }

    // MARK: Pods

    private func podOfUID(_ uid: String) -> ObjectReference { ObjectReference(kind: "Pod", name: "", uid: uid) }

    @Test func aCgroupIsNamedByThePodContainerAndWorkload() throws {
        let all = joined(try joiner(Self.pod), [], [agent(at: podOfUID(Self.uid), subject: "4f3a9c0d1e2b")])
        let one = try #require(all.first)
        #expect(one.detection.object.namespace == "shop")
        #expect(one.detection.object.name == "web-7d9f-x1")
        #expect(one.detection.subject == "app")
        #expect(one.owner?.kind == "Deployment")
        #expect(one.owner?.name == "web")
        #expect(
            one.detection.message
                == "the agent's words [pod shop/web-7d9f-x1, container app, Deployment web]")
    }

    @Test func aPodThatNobodyKnowsIsGoneAndItsNodeIsNamed() throws {
        let all = joined(try joiner(Self.pod + "\n" + Self.sickNode), [], [agent(at: podOfUID("another"))])
        #expect(all.first?.detection.message == "the agent's words [pod uid another (gone)]")
        #expect(all.first?.detection.object.kind == "Node")
        #expect(all.first?.detection.object.name == "n1")
    }

    @Test func whereNotAllPodsAreKnownNoneIsSaidToBeGone() throws {
        let all = joined(try joiner(scenario: "forbidden: [pods]"), [], [agent(at: podOfUID("another"))])
        #expect(all.first?.detection.message == "the agent's words")
        #expect(all.first?.detection.object.kind == "Pod")
    }

    @Test func theTopPodOfAGaugeIsNamed() throws {
        let all = joined(try joiner(Self.pod), [], [agent(message: "97% used, top: pod \(Self.uid) 3.8 cores")])
        #expect(all.first?.detection.message == "97% used, top: shop/web-7d9f-x1 3.8 cores")
    }

    // MARK: Out of memory

    /// Process ids are used again, so only a minute counts.
    @Test(arguments: [(4321, 60.0, 1), (4321, 61, 2), (4322, 0, 2)])
    func aKillAndTheKubeletsEventAreOneByTheirProcess(_ pid: Int, _ seconds: Double, _ count: Int) throws {
        let event = cluster("NodeOOM", subject: "pid \(pid)", severity: .danger, last: -seconds, isState: false)
        let kill = agent("NodeOOM", isState: false, evidence: ["Out of memory: Killed process 4321 (java)"])
        let all = joined(try joiner(), [event], [kill])
        #expect(all.count == count)
        let own = try #require(all.first { $0.hasAgent })
        #expect(own.detection.message == "the agent's words", "the kernel's words say more than the event's")
        #expect(own.detection.severity == (count == 1 ? .danger : .warning))
    }

    @Test(arguments: [("app", 600.0, 1), ("app", 601, 2), ("side", 0, 2)])
    func aKillAndTheContainersStatusAreOne(_ container: String, _ seconds: Double, _ count: Int) throws {
        let joiner = try joiner(Self.pod)
        let pod = try #require(joiner.view.pod(uid: Self.uid)?.reference)
        var status = cluster("PodOOMKilled", at: pod, subject: container, last: -seconds)
        status.node = "n1"
        let kill = agent(
            "NodeOOM", at: podOfUID(Self.uid), subject: "4f3a9c0d1e2b", isState: false,
            evidence: ["Memory cgroup out of memory: Killed process 4321 (java)"])
        let all = joined(joiner, [status], [kill])
        #expect(all.count == count)
        let own = try #require(all.first { $0.hasAgent })
        #expect(own.detection.also == (count == 1 ? ["PodOOMKilled"] : []))
    }

    // MARK: Certificates

    @Test(arguments: [(0.0, 1), (1, 2)])
    func fileAndHandshakeAreOneByTheCertificatesEnd(_ seconds: Double, _ count: Int) throws {
        let check = "NodeApiServerExpiredPeriod"
        let served = cluster(check, at: ObjectReference(kind: "APIServer", name: "x"), deadline: now + 500)
        let all = joined(try joiner(), [served], [agent(check, deadline: now + 500 + seconds)])
        #expect(all.count == count)
        #expect(all.first?.hasAgent == (count == 1))
    }
}
