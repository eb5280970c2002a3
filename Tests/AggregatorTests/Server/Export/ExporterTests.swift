import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import AggregatorMetrics
@testable import Export
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Wire

/// Exporters against an API server and sinks that do as the test says.
@Suite struct ExporterTests {
    private let now = Make.start

    private func client(_ server: FakeAPIServer, _ clock: any WallClock) -> KubernetesClient {
        KubernetesClient(ClusterConnection(server: server.url, name: "fake"), http: HTTPClient(), clock: clock)
    }

    private func node(_ name: String, heard: Timestamp? = nil) -> Snapshot.Node {
        .init(name: name, bootID: "b", firstReport: now - 3600, lastReport: heard ?? now, vitals: Vitals())
    }

    private func finding(
        _ node: String, _ reason: String, id: String = "1", condition: String = "", count: Int = 1,
        resolved: Timestamp? = nil, at: Timestamp? = nil, severity: Severity = .danger
    ) -> Finding {
        var detection = Make.detection(subject: "")
        detection.reason = reason
        detection.rule = "rule-" + reason
        detection.message = "it is \(reason), 100% sure"
        detection.severity = severity
        detection.object = .node(node)
        return Finding(
            id: id, node: node, detection: detection, first: at ?? now, last: at ?? now, count: count,
            isState: !condition.isEmpty, condition: condition, resolvedAt: resolved, isDemo: false, evidence: [])
    }

    private func picture(_ findings: [Finding], nodes: [Snapshot.Node], at: Timestamp? = nil) -> ExportPicture {
        ExportPicture(
            now: at ?? now,
            snapshot: Snapshot(
                generatedAt: at ?? now, startedAt: now, storeID: "s", nodes: nodes, findings: findings,
                observations: [], dropped: 0))
    }

    // MARK: Node conditions

    /// A server with Node objects whose conditions have these writers.
    private func nodes(_ writers: [String: String] = [:]) throws -> FakeAPIServer {
        try FakeAPIServer { request in
            guard request.method == "GET" else { return .init(200, "{}") }
            let fields = writers.map { type, manager in
                #"{"manager":"\#(manager)","fieldsV1":{"f:status":{"f:conditions":{"k:{\"type\":\"\#(type)\"}":{}}}}}"#
            }
            return .init(
                200, #"{"metadata":{"managedFields":[\#(fields.joined(separator: ","))]},"status":{"conditions":[]}}"#)
        }
    }

    private func patches(_ server: FakeAPIServer) -> [(path: String, conditions: [[String: String]])] {
        server.requests.filter { $0.method == "PATCH" }.map { request in
            let object = try? JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
            let list = (object?["status"] as? [String: Any])?["conditions"] as? [[String: String]] ?? []
            return (request.path, list)
        }
    }

    /// The wire as node-problem-detector's own: strategic merge, every type it owns, times in whole seconds.
    @Test func conditionsGoOutAsNodeProblemDetectorWritesThem() async throws {
        let server = try nodes(["FrequentDockerRestart": "node-problem-detector"])
        let writer = NodeConditionWriter(client: client(server, ManualClock(now)), random: { 0.5 }) { _ in }
        #expect(
            await writer.export(
                picture([finding("n1", "DockerHung", condition: "KernelDeadlock")], nodes: [node("n1")])) == [])
        let sent = try #require(patches(server).first)
        #expect(sent.path == "/api/v1/nodes/n1/status")
        #expect(server.requests.last?.headers["content-type"] == "application/strategic-merge-patch+json")
        let byType = Dictionary(uniqueKeysWithValues: sent.conditions.map { ($0["type"] ?? "", $0) })
        #expect(byType["KernelDeadlock"]?["status"] == "True")
        #expect(byType["KernelDeadlock"]?["reason"] == "DockerHung")
        #expect(byType["KernelDeadlock"]?["message"] == "it is DockerHung, 100% sure")
        #expect(byType["ReadonlyFilesystem"]?["reason"] == "FilesystemIsNotReadOnly")
        // Another detector's is left alone.
        #expect(byType["FrequentDockerRestart"] == nil)
        #expect(sent.conditions.count == NodeConditionWriter.standard.count - 1)
        // Nothing new: nothing is written, until the heartbeat is due.
        _ = await writer.export(
            picture([finding("n1", "DockerHung", condition: "KernelDeadlock")], nodes: [node("n1")], at: now + 5))
        #expect(patches(server).count == 1)
        _ = await writer.export(
            picture(
                [finding("n1", "DockerHung", condition: "KernelDeadlock")], nodes: [node("n1", heard: now + 151)],
                at: now + 151))
        #expect(patches(server).count == 2)
        #expect(patches(server).last?.conditions.count == NodeConditionWriter.standard.count - 1)
        // The end is told at once, with its time.
        let over = now + 160
        _ = await writer.export(
            picture(
                [finding("n1", "DockerHung", condition: "KernelDeadlock", resolved: over)],
                nodes: [node("n1", heard: over)], at: over))
        #expect(patches(server).last?.conditions.count == 1)
        #expect(patches(server).last?.conditions.first?["status"] == "False")
        #expect(patches(server).last?.conditions.first?["lastTransitionTime"] == over.utcRFC3339)
    }

    @Test(.enabled(if: Conformance.isPresent)) func periodsAreTheOriginals() throws {
        let cases = try Conformance.cases(kind: "condition_manager").compactMap { $0["expect"] as? [String: Any] }
        #expect(cases.contains { $0["resync_period_s"] as? Double == NodeConditionWriter.retrySeconds })
        #expect(cases.contains { $0["default_heartbeat_period_s"] as? Double == NodeConditionWriter.heartbeatSeconds })
        #expect(cases.contains { $0["update_check_period_s"] as? Double == 1 })
        #expect(NodeConditionWriter(client: client(try nodes(), ManualClock(now))) { _ in }.periodSeconds == 1)
        // What the original sends for this line is what is sent here: the same requests, and the same words.
        let wire = try #require(try Conformance.cases(kind: "k8s_wire").first?["expect"] as? [[String: Any]])
        let patch = try #require(wire.first { $0["method"] as? String == "PATCH" })
        #expect(patch["content_type"] as? String == "application/strategic-merge-patch+json")
        #expect(
            (patch["body"] as? String)?.hasPrefix(
                #"{"status":{"conditions":[{"type":"KernelDeadlock","status":"True","#) == true)
        let events = wire.compactMap { $0["event"] as? [String: Any] }
        let message = "INFO: task docker:20744 blocked for more than 120 seconds."
        var line = finding("vm", "TaskHung")
        line.detection.message = message
        var change = finding("vm", "DockerHung", condition: "KernelDeadlock")
        change.detection.message = message
        let ours = [line, change].map { EventWriter.event($0).body }
        for (theirs, ours) in zip(events, ours) {
            for key in ["reason", "message", "type"] { #expect(ours[key] as? String == theirs[key] as? String) }
        }
        #expect(events.count == 2)
    }

    @Test func aSilentAgentIsNoWitness() async throws {
        let server = try nodes()
        let writer = NodeConditionWriter(client: client(server, ManualClock(now)), random: { 0.5 }) { _ in }
        _ = await writer.export(picture([], nodes: [node("n1", heard: now - 600)]))
        #expect(server.requests.isEmpty)
    }

    /// A failed patch comes again after ten seconds, and only a failed one (manager_test.go of the original).
    @Test func aFailedPatchComesAgainAfterTenSeconds() async throws {
        let fails = Atomic(true)
        let server = try FakeAPIServer { request in
            if request.method == "PATCH", fails.load(ordering: .relaxed) { return .status(422, "Invalid") }
            return .init(200, #"{"metadata":{},"status":{}}"#)
        }
        let writer = NodeConditionWriter(client: client(server, ManualClock(now)), random: { 0.5 }) { _ in }
        #expect(await writer.export(picture([], nodes: [node("n1")])).count == 1)
        fails.store(false, ordering: .relaxed)
        _ = await writer.export(picture([], nodes: [node("n1")], at: now + 9))
        #expect(patches(server).count == 1)
        #expect(await writer.export(picture([], nodes: [node("n1")], at: now + 10)) == [])
        #expect(patches(server).count == 2)
    }

    @Test func aStormIsHeldBackAndSaid() async throws {
        let server = try nodes()
        let said = Mutex<[String?]>([])
        let writer = NodeConditionWriter(client: client(server, ManualClock(now)), random: { 0.5 }) { text in
            said.withLock { $0.append(text) }
        }
        let names = (0..<20).map { "n\($0)" }
        func bad(_ count: Int) -> [Finding] {
            names.prefix(count).map { finding($0, "Hung", id: $0, condition: "KernelDeadlock") }
        }
        let all = names.map { node($0) }
        _ = await writer.export(picture(bad(3), nodes: all))
        #expect(said.withLock { $0.last } == .some(nil))
        _ = await writer.export(picture(bad(12), nodes: all, at: now + 1))
        let turned = Set(patches(server).filter { $0.conditions.contains { $0["status"] == "True" } }.map(\.path))
        #expect(turned.count == 3, "max(3, 10 % of 20)")
        #expect(said.withLock { $0.last??.hasPrefix("9 more nodes turned bad within 10 min") } == true)
        // Ten minutes later three more may.
        let later = now + 700
        _ = await writer.export(picture(bad(12), nodes: names.map { node($0, heard: later) }, at: later))
        let after = Set(patches(server).filter { $0.conditions.contains { $0["status"] == "True" } }.map(\.path))
        #expect(after.count == 6)
    }

    // MARK: Events

    @Test func eventsAreNamedByTheirFindingAndLimited() async throws {
        let server = try FakeAPIServer { request in
            request.method == "POST" && request.earlier > 0 ? .status(409, "AlreadyExists") : .init(201, "{}")
        }
        let clock = ManualClock(now)
        var writer = EventWriter(client: client(server, clock), startedAt: now)
        let one = finding("n1", "OOMKilling", id: "0123456789abcdef", count: 2)
        #expect(await writer.export(picture([one], nodes: [node("n1")])) == [])
        let body = try #require(
            try JSONSerialization.jsonObject(with: Data(server.requests[0].body.utf8)) as? [String: Any])
        #expect((body["metadata"] as? [String: String])?["name"] == "n1.ke0123456789abcdef")
        #expect(body["reason"] as? String == "OOMKilling")
        #expect(body["type"] as? String == "Warning")
        #expect(body["message"] as? String == "it is OOMKilling, 100% sure")
        #expect(body["count"] as? Int == 2)
        #expect((body["involvedObject"] as? [String: String])?["kind"] == "Node")
        _ = await writer.export(picture([one], nodes: [node("n1")], at: now + 1))
        #expect(server.requests.count == 1, "told once")
        // After a restart the same finding is the same event.
        writer = EventWriter(client: client(server, clock), startedAt: now + 5)
        _ = await writer.export(picture([one], nodes: [node("n1")], at: now + 5))
        #expect(server.requests.map(\.method) == ["POST", "POST", "PATCH"])
        #expect(server.requests.last?.path == "/api/v1/namespaces/default/events/n1.ke0123456789abcdef")
        // Old news is none, and neither is what nobody needs to act on.
        let old = finding("n1", "Old", id: "2", at: now - 3600)
        let small = finding("n1", "Small", id: "3", severity: .info)
        _ = await writer.export(picture([old, small], nodes: [node("n1")], at: now + 6))
        #expect(server.requests.count == 3)
        // A flood of one reason: 25, and then one each five minutes; another reason and a condition go through.
        let flood = (0..<60).map { finding("n2", "Flood", id: "f\($0)") }
        let other = [finding("n2", "Rare", id: "r"), finding("n2", "Hung", id: "c", condition: "KernelDeadlock")]
        for round in 0..<4 {
            _ = await writer.export(picture(flood + other, nodes: [node("n2")], at: now + 10 + Double(round)))
        }
        let sent = server.requests.filter { $0.method == "POST" && $0.body.contains("\"n2\"") }
        #expect(sent.filter { $0.body.contains("Flood") }.count == 25)
        #expect(sent.contains { $0.body.contains("is Rare") })
        #expect(sent.contains { $0.body.contains("Node condition KernelDeadlock is now: True, reason: Hung") })
    }

    @Test func longTextsKeepToTheLimitsOfTheAPI() throws {
        var long = finding("n1", String(repeating: "R", count: 300))
        long.detection.message = String(repeating: "界", count: 800) + "\u{1B}[2J"
        let (_, _, body) = EventWriter.event(long)
        #expect((body["reason"] as? String)?.utf8.count == 128)
        #expect(((body["message"] as? String)?.utf8.count ?? 0) <= 1024)
        #expect((body["message"] as? String)?.contains("\u{1B}") == false)
    }

    // MARK: Prometheus

    @Test(arguments: NPDMetricsCase.all) func seriesCountAsNodeProblemDetectors(_ testCase: NPDMetricsCase) {
        var findings: [String: Finding] = [:]
        for (index, rule) in testCase.rules.enumerated() {
            let key = rule.condition + "/" + rule.reason
            if findings[key] == nil {
                findings[key] = finding("n1", rule.reason, id: key, condition: rule.condition)
                findings[key]?.last = now - 100 + Double(index)
            } else if rule.condition.isEmpty {
                findings[key]?.count += 1
            }
        }
        let metrics = ProblemMetrics(Array(findings.values), now: now)
        #expect(
            Dictionary(uniqueKeysWithValues: metrics.counters.map { ($0.key.reason, $0.value) }) == testCase.counters)
        #expect(
            Dictionary(uniqueKeysWithValues: metrics.gauges.map { ("\($0.key.type)/\($0.key.reason)", $0.value) })
                == testCase.gauges)
    }

    /// A condition has one reason at a time; the series of the reason before is 0, as the original sets it.
    @Test func aConditionsGaugeHasOneReason() {
        var old = finding("n1", "Old", id: "a", condition: "KernelDeadlock")
        old.last = now - 60
        var new = finding("n1", "New", id: "b", condition: "KernelDeadlock")
        new.last = now - 30
        let other = finding("n2", "Old", id: "c", condition: "KernelDeadlock")
        for order in [[old, new, other], [new, old, other]] {
            let gauges = ProblemMetrics(order, now: now).gauges.map { ("\($0.key.node) \($0.key.reason)", $0.value) }
            #expect(Dictionary(uniqueKeysWithValues: gauges) == ["n1 Old": 0, "n1 New": 1, "n2 Old": 1])
        }
    }

    @Test func aSeriesOfANodeLivesADayLonger() {
        let ended = finding("n1", "Hung", condition: "KernelDeadlock", resolved: now)
        #expect(ProblemMetrics([ended], now: now + 86_000).gauges.values.map { $0 } == [0])
        #expect(ProblemMetrics([ended], now: now + 87_000).gauges.isEmpty)
        let samples = ProblemMetrics([ended], now: now + 1).gaugeSamples
        #expect(samples.first { $0.labels == "node=\"n1\",reason=\"Hung\",type=\"KernelDeadlock\"" }?.value == "0")
        // A zero for every reason that is shipped, without a node.
        #expect(samples.contains { $0.labels == "reason=\"DockerHung\",type=\"KernelDeadlock\"" })
        let counters = ProblemMetrics([], now: now).counterSamples
        #expect(counters.count > 100)
        #expect(counters.allSatisfy { $0.value == "0" })
        #expect(!counters.contains { $0.labels.contains("node=") })
    }
}

/// The `metrics` cases of the conformance data.
struct NPDMetricsCase: Sendable, CustomTestStringConvertible {
    struct Rule: Sendable {
        var condition: String
        var reason: String
    }

    var name: String
    var rules: [Rule]
    var counters: [String: Int]
    var gauges: [String: Int]

    var testDescription: String { name }

    static let all: [NPDMetricsCase] = {
        ((try? Conformance.cases(kind: "metrics")) ?? []).map { item in
            let expect = item["expect"] as? [String: [String: Int]] ?? [:]
            let rules = (item["triggered_rules"] as? [[String: String]] ?? []).map {
                Rule(condition: $0["condition"] ?? "", reason: $0["reason"] ?? "")
            }
            return NPDMetricsCase(
                name: item["name"] as? String ?? "", rules: rules, counters: expect["problem_counter"] ?? [:],
                gauges: expect["problem_gauge"] ?? [:])
        }
    }()
}
