import Foundation
import TestSupport

@testable import CheckModel
@testable import Checks
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Practice
@testable import Report
@testable import Wire
@testable import YAML

/// A cluster in one file: Kubernetes objects as YAML documents, and a document of `kind: Scenario` with the rest.
///
/// In all texts `@-6m` and `@+29d` are times before and after `now`, `@cert(-400d,+6d)` is a certificate in base64.
struct CheckFixture: Sendable {
    static let folder = Repository.root.appending(path: "Tests/Fixtures/checks")

    struct Expectation: Sendable {
        var severity: Severity?
        var object: String?
        var reason: String?
        var message: String?
        var also: [String] = []
        var table: String?
        var count: Int?
        var owner: String?
        var node: String?
    }

    let check: String
    /// `fail.second-container`
    let name: String
    let now: Timestamp
    let index: ClusterIndex
    let audit: AuditTable
    private let documents: [Node]
    private let scenario: Node?
    let snapshot: Snapshot?
    let aggregator: AggregatorFacts
    let settings: EvaluationSettings
    let windowSeconds: Double
    let expected: [Expectation]
    let gapReason: String?

    static func names(of check: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: check).path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    static var checks: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    init(check: String, name: String) throws {
        let url = Self.folder.appending(path: "\(check)/\(name).yaml")
        let text = try String(contentsOf: url, encoding: .utf8)
        try self.init(check: check, name: name, text: text)
    }

    init(check: String, name: String, text: String) throws {
        self.check = check
        self.name = name
        let plain = try YAMLReader.readAll(Array(text.utf8))
        let stated = plain.first { $0["kind"]?.string == "Scenario" }
        let now = stated?["now"]?.string.flatMap { KubernetesTime.parse($0) } ?? Timestamp(seconds: 1_767_268_800)
        self.now = now
        let all = try YAMLReader.readAll(Array(try FixtureText.expand(text, now: now).utf8))
        let scenario = all.first { $0["kind"]?.string == "Scenario" }
        documents = all.filter { $0["kind"]?.string != "Scenario" }
        self.scenario = scenario
        let build = IndexBuilder(now: now)
        snapshot = build.snapshot(scenario?["agents"])
        aggregator = build.aggregator(scenario?["aggregator"])
        var settings = EvaluationSettings()
        if let config = scenario?["checks"] {
            let json = "checks: \(config.jsonText)"
            settings = try CheckConfiguration.read(Array(json.utf8), file: name).get()
        }
        if let overrides = scenario?["overrides"] {
            settings.overrides = try OverrideSet(Array("overrides: \(overrides.jsonText)".utf8), file: name)
        }
        settings.readsSecrets = scenario?["secrets"]?.value == .bool(true)
        if let audit = scenario?["audit"] {
            // Workload checks run only here: `config` as in --config, `only` some of them.
            let rules = try PracticeCheckReader.read(Array((audit["config"]?.string ?? "").utf8), file: name)
            settings.workloads = PracticeCheckSet(files: [rules])
            let only = Set(audit["only"]?.items?.compactMap(\.string) ?? [])
            let others = settings.workloads.checks.filter { !only.contains($0.alias) && !$0.isCustom && !only.isEmpty }
            settings.skip.formUnion(others.map(\.id))
        }
        self.settings = settings
        let recorder = scenario?["audit"] == nil ? nil : AuditRecorder(settings.auditor)
        index = try build.index(documents, scenario, recorder)
        audit = recorder?.table ?? AuditTable()
        windowSeconds = try scenario?["window"]?.string.map { try GoDuration.seconds($0) } ?? 3600
        gapReason = scenario?["reason"]?.string
        expected = (scenario?["expect"]?.items ?? []).map { node in
            Expectation(
                severity: node["severity"]?.string.flatMap { Severity(rawValue: $0) },
                object: node["object"]?.plainText,
                reason: node["reason"]?.plainText, message: node["message"]?.plainText,
                also: node["also"]?.items?.compactMap(\.string) ?? [], table: node["table"]?.string,
                count: node["count"]?.number.map { Int($0) }, owner: node["owner"]?.string, node: node["node"]?.string)
        }
    }

    func evaluated() -> EvaluatedState { evaluated(index, audit) }

    /// The same cluster, of which less may be read.
    func evaluated(_ rights: PartialRights) throws -> EvaluatedState {
        let recorder = scenario?["audit"] == nil ? nil : AuditRecorder(settings.auditor)
        var build = IndexBuilder(now: now)
        build.rights = rights
        let index = try build.index(documents, scenario, recorder)
        return evaluated(index, recorder?.table ?? AuditTable())
    }

    private func evaluated(_ index: ClusterIndex, _ audit: AuditTable) -> EvaluatedState {
        Evaluation(
            index: index, audit: audit, snapshot: snapshot, aggregator: aggregator, settings: settings, now: now,
            windowSeconds: windowSeconds
        ).run()
    }

    func holds(_ kind: ClusterKind) -> Bool {
        documents.contains { IndexBuilder.kinds[$0["kind"]?.string ?? ""] == kind }
    }

    /// A namespace that holds nothing.
    static let elsewhere = "elsewhere"

    /// Namespaces of its objects, and one that holds none.
    var namespaces: [String] {
        Set(documents.compactMap { $0["metadata"]?["namespace"]?.string } + [Self.elsewhere]).sorted()
    }
}

extension CheckFixture.Expectation {
    func matches(_ finding: EvaluatedFinding) -> Bool {
        let object = finding.detection.object
        let place = (object.namespace.isEmpty ? "" : object.namespace + "/") + object.name
        return (severity ?? finding.detection.severity) == finding.detection.severity
            && (self.object ?? place) == place && (reason ?? finding.detection.reason) == finding.detection.reason
            && (message.map { finding.detection.message.contains($0) } ?? true)
            && also.allSatisfy { finding.detection.also.contains($0) }
            && (table ?? finding.table.rawValue) == finding.table.rawValue && (count ?? finding.count) == finding.count
            && (owner ?? finding.owner.map(ReportBuilder.name) ?? "") == (finding.owner.map(ReportBuilder.name) ?? "")
            && (node ?? finding.node) == finding.node
    }
}

/// Times and certificates in a fixture's text.
enum FixtureText {
    static func expand(_ text: String, now: Timestamp) throws -> String {
        var out = ""
        var rest = text[...]
        while let at = rest.firstIndex(of: "@") {
            out += rest[..<at]
            let after = rest[rest.index(after: at)...]
            if after.hasPrefix("cert("), let close = after.firstIndex(of: ")") {
                let parts = after[after.index(after.startIndex, offsetBy: 5)..<close].split(separator: ",").map(
                    String.init)
                out += Data(try Make.certificate(from: now + offset(parts[0]), to: now + offset(parts[1])).utf8)
                    .base64EncodedString()
                rest = after[after.index(after: close)...]
            } else if let first = after.first, first == "-" || first == "+" {
                let word = after.prefix { $0.isNumber || "+-.dhms".contains($0) }
                out += (now + offset(String(word))).utcRFC3339
                rest = after.dropFirst(word.count)
            } else {
                out += "@"
                rest = after
            }
        }
        return out + rest
    }

    /// `-6m`, `+29d`, `+29d23h59m59s`.
    static func offset(_ text: String) -> Double {
        let sign = text.hasPrefix("-") ? -1.0 : 1.0
        var rest = text.drop { "+-".contains($0) }
        var total = 0.0
        if let day = rest.firstIndex(of: "d") {
            total += (Double(rest[..<day]) ?? 0) * 86_400
            rest = rest[rest.index(after: day)...]
        }
        return sign * (total + (rest.isEmpty ? 0 : (try? GoDuration.seconds(String(rest))) ?? 0))
    }
}

/// Makes an index and a snapshot from a fixture's documents, through the same readers as the real thing.
struct IndexBuilder {
    let now: Timestamp
    var rights = PartialRights.all

    static let kinds: [String: ClusterKind] = [
        "Node": .nodes, "Lease": .leases, "Pod": .pods, "Event": .events, "Namespace": .namespaces,
        "ComponentStatus": .componentstatuses, "Deployment": .deployments, "StatefulSet": .statefulsets,
        "DaemonSet": .daemonsets, "Job": .jobs, "CronJob": .cronjobs, "Service": .services,
        "EndpointSlice": .endpointslices,
        "Ingress": .ingresses, "IngressClass": .ingressclasses, "HorizontalPodAutoscaler": .horizontalpodautoscalers,
        "PodDisruptionBudget": .poddisruptionbudgets, "ResourceQuota": .resourcequotas,
        "PersistentVolumeClaim": .persistentvolumeclaims, "StorageClass": .storageclasses,
        "ValidatingWebhookConfiguration": .validatingwebhookconfigurations,
        "MutatingWebhookConfiguration": .mutatingwebhookconfigurations, "APIService": .apiservices,
        "ClusterRole": .clusterroles, "ClusterRoleBinding": .clusterrolebindings, "Secret": .secrets,
        "ReplicaSet": .replicasets, "Rollout": .rollouts, "LimitRange": .limitranges, "ConfigMap": .configmaps,
        "ServiceAccount": .serviceaccounts, "NetworkPolicy": .networkpolicies, "Role": .roles,
        "RoleBinding": .rolebindings, "ReplicationController": .replicationcontrollers,
    ]

    struct UnknownKind: Error { let kind: String }

    func index(_ documents: [Node], _ scenario: Node?, _ audit: AuditRecorder? = nil) throws -> ClusterIndex {
        var index = ClusterIndex(name: "fixture")
        index.serverVersion = scenario?["version"]?.string ?? "v1.31.4"
        let readsSecrets = scenario?["secrets"]?.value == .bool(true)
        for kind in ClusterKind.allCases where kind.isList && (kind != .secrets || readsSecrets) {
            index.states[kind] = KindState(date: now)
        }
        index.states[.version] = KindState(date: now)
        var texts = TextInterner()
        var changed = ChangedScopes()
        for document in rights.readable(documents) {
            let name = document["kind"]?.string ?? ""
            guard let kind = Self.kinds[name], let table = ClusterTables.table(of: kind) else {
                throw UnknownKind(kind: name)
            }
            let json = try JSONDocument(Array(document.jsonText.utf8))
            guard table.set(json.root, in: &index, &texts, &changed) else {
                throw UnknownKind(kind: "\(name) without a name")
            }
            index.states[kind]?.objects += 1
            audit?.change(json.root.view, of: kind, isThere: true)
        }
        if let observed = scenario?["audit"]?["observed"]?.string.flatMap({ KubernetesTime.parse($0) }) {
            for kind in ClusterKind.workloads { index.states[kind]?.date = observed }
        }
        for status in index.componentstatuses.records {
            var stamped = status
            let stated = scenario?["observed"]?[status.name]?.string.flatMap { KubernetesTime.parse($0) }
            stamped.observed = stated ?? now
            index.componentstatuses.set(stamped)
        }
        if let text = scenario?["readyz"]?.string {
            index.readyz = ReadyzAnswer(text)
            index.states[.readyz] = KindState(date: now)
        }
        if let text = scenario?["metrics"]?.string {
            index.metrics = ServerMetrics(Array(text.utf8))
            index.states[.metrics] = KindState(date: now)
        }
        if let chain = scenario?["chain"]?.string {
            index.chain = CertificateBundle(base64: chain)
            index.states[.handshake] = KindState(date: now)
        }
        if let client = scenario?["clientCertificate"]?.string {
            index.clientCertificate = CertificateBundle(base64: client)
        }
        for (address, problem) in (scenario?["members"]?.pairs ?? []).map({ ($0.key, $0.value.string ?? "") }) {
            index.members[address] = problem
        }
        rights.limit(&index, now: now)
        fail(scenario?["forbidden"], .forbidden, "is forbidden", &index)
        fail(scenario?["absent"], .notFound, "the server could not find the requested resource", &index)
        fail(scenario?["unreachable"], .unreachable, "connection reset", &index)
        fail(scenario?["malformed"], .malformed, "received HTML instead of JSON", &index)
        return index
    }

    private func fail(_ list: Node?, _ kind: APIError.Kind, _ words: String, _ index: inout ClusterIndex) {
        for name in list?.items?.compactMap(\.string) ?? [] {
            guard let failed = ClusterKind(rawValue: name) else { continue }
            index.states[failed] = KindState(date: now, problem: APIError(kind, words, request: "GET \(name)"))
        }
    }

    /// `aggregator: { storm: text, rules: { key: mistake } }`; an empty storm: none.
    func aggregator(_ node: Node?) -> AggregatorFacts {
        var facts = AggregatorFacts()
        if let storm = node?["storm"]?.string { facts.conditionStorm = storm.isEmpty ? .nothingHeld : .held(storm) }
        facts.ruleProblems = node?["rules"].map { rules in
            Dictionary(
                (rules.pairs ?? []).map { ($0.key, $0.value.string ?? "") }, uniquingKeysWith: { first, _ in first })
        }
        return facts
    }

    /// `agents: { heard: { node1: 10 }, findings: [...], healthy: [...] }`; seconds ago.
    func snapshot(_ node: Node?) -> Snapshot? {
        guard let node else { return nil }
        let started = now - (node["startedAgo"]?.number ?? 7200)
        let nodes = (node["heard"]?.pairs ?? []).map { pair -> Snapshot.Node in
            Snapshot.Node(
                name: pair.key, bootID: "b", firstReport: started, lastReport: now - (pair.value.number ?? 0),
                vitals: Vitals())
        }
        let findings = (node["findings"]?.items ?? []).map(finding)
        let observations = (node["healthy"]?.items ?? []).compactMap(\.string).flatMap { check in
            nodes.map {
                Snapshot.NodeObservation(
                    node: $0.name,
                    observation: Observation(check: check, source: "s", outcome: .healthy, since: started))
            }
        }
        return Snapshot(
            generatedAt: now, startedAt: started, storeID: "s", nodes: nodes, findings: findings,
            observations: observations,
            dropped: 0)
    }

    private func finding(_ node: Node) -> Finding {
        func text(_ key: String) -> String { node[key]?.plainText ?? "" }
        let object = node["object"]
        let reference =
            object == nil
            ? ObjectReference.node(text("node"))
            : ObjectReference(
                kind: object?["kind"]?.string ?? "Pod", namespace: object?["namespace"]?.string ?? "",
                name: object?["name"]?.string ?? "", uid: object?["uid"]?.string ?? "")
        let last = KubernetesTime.parse(text("last")) ?? now - 60
        let detection = Detection(
            check: text("check"), rule: "rule", reason: node["reason"]?.string ?? text("check"),
            severity: Severity(rawValue: text("severity")) ?? .warning, object: reference, subject: text("subject"),
            message: text("message"), deadline: node["deadline"]?.string.flatMap { KubernetesTime.parse($0) })
        return Finding(
            id: detection.key, node: text("node"), detection: detection,
            first: KubernetesTime.parse(text("first")) ?? last, last: last,
            count: Int(node["count"]?.number ?? 1), isState: node["state"]?.value == .bool(true),
            condition: text("condition"),
            resolvedAt: nil, isDemo: node["demo"]?.value == .bool(true),
            evidence: [
                Evidence(source: "kmsg", origin: "b:1", time: last, text: node["evidence"]?.string ?? text("message"))
            ])
    }
}
