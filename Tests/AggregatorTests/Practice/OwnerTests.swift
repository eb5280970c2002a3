import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Practice
@testable import Report
@testable import YAML

/// One row per top-level controller, from lists as the API hands them out.
@Suite struct OwnerTests {
    /// Objects of a cluster, each list by its kind; rows as `Kind/name [ids]`.
    private func rows(_ objects: [(ClusterKind, String)], only: String = "tagNotSpecified", config: String = "") throws
        -> [String]
    {
        let settings = try Audit.settings(only: only, config: config)
        let auditor = settings.auditor
        var audit = AuditTable()
        audit.applied = Set(auditor.enabled)
        var index = ClusterIndex(name: "c")
        for kind in ClusterKind.allCases where kind.isList {
            index.states[kind] = KindState(date: Timestamp(seconds: 1_700_000_000))
        }
        for (kind, text) in objects {
            guard let collector = auditor.collector(for: kind) else { continue }
            let node = try #require(try YAMLReader.read(Array("items: [\(text)]".utf8)))
            collector.add(page: try JSONDocument(node.jsonText.utf8).root)
            let seen = collector.audit
            let known = audit.kinds[collector.kind] ?? KindAudit()
            audit.kinds[collector.kind] = KindAudit(
                records: known.records.merging(seen.records) { $1 }, kept: known.kept.merging(seen.kept) { $1 })
        }
        let state = Evaluation(
            index: index, audit: audit, snapshot: nil, settings: settings, now: Timestamp(seconds: 1_700_000_000)
        ).run()
        let report = ReportBuilder(state: state, options: ReportOptions()).build()
        return report.tables.workloads.map { "\($0.kind)/\($0.name) \($0.message)" }
    }

    private static let spec = "containers: [{ name: app, image: nginx, resources: {} }]"
    private static func meta(_ name: String, owner: String = "", more: String = "") -> String {
        let parts = owner.split(separator: "/")
        let references =
            owner.isEmpty ? "" : ", ownerReferences: [{ kind: \(parts[0]), name: \(parts[1]), controller: true }]"
        return "metadata: { name: \(name), namespace: shop\(references)\(more) }"
    }
    private static func templated(_ name: String, owner: String = "", replicas: Int = 1, more: String = "") -> String {
        "{ \(meta(name, owner: owner, more: more)), spec: { replicas: \(replicas), template: { spec: { \(spec) } } } }"
    }
    private static func pod(
        _ name: String, owner: String = "", more: String = "", phase: String = "Running", containers: String = spec
    ) -> String {
        "{ \(meta(name, owner: owner, more: more)), spec: { \(containers) }, status: { phase: \(phase) } }"
    }

    @Test func whatAControllerMadeFoldsIntoIt() throws {
        let cron =
            "{ \(Self.meta("nightly")), spec: { jobTemplate: { spec: { template: { spec: { \(Self.spec) } } } } } }"
        let found = try rows([
            (.deployments, Self.templated("web")), (.replicasets, Self.templated("web-1", owner: "Deployment/web")),
            (.pods, Self.pod("web-1-a", owner: "ReplicaSet/web-1")), (.cronjobs, cron),
            (.jobs, Self.templated("nightly-1", owner: "CronJob/nightly")),
            (.pods, Self.pod("nightly-1-a", owner: "Job/nightly-1")), (.jobs, Self.templated("once")),
        ])
        #expect(
            found == [
                "CronJob/nightly [tagNotSpecified]", "Job/once [tagNotSpecified]", "Deployment/web [tagNotSpecified]",
            ])
    }

    @Test func scaledToZeroAndStandaloneSetsAreAuditedByTheirTemplates() throws {
        let found = try rows([
            (.deployments, Self.templated("idle", replicas: 0)), (.replicasets, Self.templated("alone", replicas: 0)),
            (.replicationcontrollers, Self.templated("old")), (.daemonsets, Self.templated("agent")),
            (.statefulsets, Self.templated("db")),
        ])
        #expect(
            found.map { $0.prefix { $0 != " " } } == [
                "DaemonSet/agent", "ReplicaSet/alone", "StatefulSet/db", "Deployment/idle", "ReplicationController/old",
            ])
    }

    @Test func rolloutsCountAndWithoutThemTheirSetsStandForThem() throws {
        let rollout =
            "{ apiVersion: argoproj.io/v1alpha1, kind: Rollout, \(Self.meta("canary")), spec: { template: { spec: { \(Self.spec) } } } }"
        let sets: [(ClusterKind, String)] = [
            (.replicasets, Self.templated("canary-1", owner: "Rollout/canary")),
            (.replicasets, Self.templated("canary-0", owner: "Rollout/canary", replicas: 0)),
        ]
        #expect(try rows(sets + [(.rollouts, rollout)]) == ["Rollout/canary [tagNotSpecified]"])
        #expect(try rows(sets) == ["Rollout/canary [tagNotSpecified]"])
    }

    /// A resource without a pod template is audited through what it made, under its own name.
    @Test func operatorsResourcesAreAuditedThroughTheirPods() throws {
        let found = try rows([
            (.statefulsets, Self.templated("prometheus-k8s", owner: "Prometheus/k8s")),
            (.pods, Self.pod("prometheus-k8s-0", owner: "StatefulSet/prometheus-k8s")),
            (.pods, Self.pod("kafka-0", owner: "Kafka/main")), (.pods, Self.pod("kafka-1", owner: "Kafka/main")),
        ])
        #expect(found == ["Prometheus/k8s [tagNotSpecified]", "Kafka/main [tagNotSpecified]"])
    }

    @Test func staticAndNakedPodsStayPodsAndFinishedOnesAreOver() throws {
        let found = try rows([
            (
                .pods,
                Self.pod("etcd-node1", owner: "Node/node1", more: ", annotations: { kubernetes.io/config.mirror: abc }")
            ),
            (.pods, Self.pod("debug")), (.pods, Self.pod("done", phase: "Succeeded")),
            (.pods, Self.pod("lost", phase: "Failed")),
        ])
        #expect(found == ["Pod/debug [tagNotSpecified]", "Pod/etcd-node1 [tagNotSpecified]"])
    }

    @Test func injectedSidecarsAreNobodysMistake() throws {
        let istio =
            ", annotations: { sidecar.istio.io/status: '{\"initContainers\":[\"istio-init\"],\"containers\":[\"istio-proxy\"]}' }"
        let containers =
            "initContainers: [{ name: istio-init, image: istio }], containers: [{ name: app, image: 'a:1' }, { name: istio-proxy, image: istio }]"
        #expect(try rows([(.pods, Self.pod("a", more: istio, containers: containers))]) == [])
        #expect(try rows([(.pods, Self.pod("a", containers: containers))]) == ["Pod/a [tagNotSpecified]"])
        let linkerd = ", annotations: { linkerd.io/proxy-version: v2 }"
        #expect(
            try rows([
                (.pods, Self.pod("a", more: linkerd, containers: "containers: [{ name: linkerd-proxy, image: x }]"))
            ]) == [])
    }

    @Test func limitRangesCountAsSet() throws {
        let range =
            "{ metadata: { name: d, namespace: shop }, spec: { limits: [{ type: Container, default: { cpu: 1 } }] } }"
        let both = "cpuLimitsMissing,cpuRequestsMissing,memoryLimitsMissing"
        #expect(
            try rows([(.deployments, Self.templated("web")), (.limitranges, range)], only: both) == [
                "Deployment/web [memoryLimitsMissing]"
            ])
    }

    /// A kind that may not be listed makes its checks unobserved, and hides nothing else.
    @Test func whatCannotBeListedIsSaid() throws {
        var index = ClusterIndex(name: "c")
        for kind in ClusterKind.allCases where kind.isList {
            index.states[kind] = KindState(date: Timestamp(seconds: 1))
        }
        index.states[.configmaps] = KindState(
            date: Timestamp(seconds: 1), problem: APIError(.forbidden, "no", request: "GET configmaps"))
        index.states[.rollouts] = KindState(
            date: Timestamp(seconds: 1), problem: APIError(.notFound, "no", request: "GET rollouts"))
        let settings = try Audit.settings(rules: ["checks: { sensitiveConfigmapContent: danger }"])
        let state = Evaluation(index: index, snapshot: nil, settings: settings, now: Timestamp(seconds: 1)).run()
        #expect(state.gaps.filter { $0.check == "sensitiveConfigmapContent" }.map(\.reason) == [.forbidden])
        #expect(!state.gaps.contains { $0.check == "PodSetTagNotSpecified" })
        #expect(state.gaps.filter { $0.check == "PodSetImageRegistry" }.map(\.reason) == [.notConfigured])
    }

    /// Lists leave `kind` and `apiVersion` out; checks that look at them see them all the same.
    @Test func listedObjectsHaveTheirTypes() throws {
        let config =
            "checks: { mine: warning }\ncustomChecks: { mine: { target: Controller, schema: { required: [kind, apiVersion], properties: { kind: { const: Deployment }, apiVersion: { const: apps/v2 } } } } }"
        #expect(
            try rows([(.deployments, Self.templated("web"))], only: "mine", config: config) == ["Deployment/web [mine]"]
        )
        #expect(
            try rows(
                [(.deployments, Self.templated("web"))], only: "mine",
                config: config.replacingOccurrences(of: "v2", with: "v1")) == [])
    }

    @Test func overridesReachSingleFailures() throws {
        var settings = try Audit.settings(only: "tagNotSpecified,hostNetworkSet")
        settings.overrides = try OverrideSet(
            Array(
                "overrides: [{ match: { checks: [PodSetTagNotSpecified], namespaces: [shop] }, set: { ignore: true } }, { match: { names: [web] }, set: { severity: danger } }]"
                    .utf8), file: "o")
        let result = try Audit.text(
            CustomCheckTests.web.replacingOccurrences(of: "'nginx:1'", with: "nginx").replacingOccurrences(
                of: "hostNetwork: false", with: "hostNetwork: true"), settings)
        #expect(
            result.practice.state.rows.flatMap(\.failures).map { settings.workloads.checks[$0.check].alias } == [
                "hostNetworkSet"
            ])
        #expect(result.practice.state.rows.map(\.severity) == [.danger])
        #expect(result.practice.state.silenced == 1)
    }

    @Test func theScoreIsAsDefined() {
        #expect(PracticeState.Score(passed: 3, warnings: 2, dangers: 1).value == 60)
        #expect(PracticeState.Score(passed: 1, warnings: 1, dangers: 0).value == 66)
        #expect(PracticeState.Score().value == 100)
        #expect(PracticeState.Score(passed: 0, warnings: 1, dangers: 0).value == 0)
    }

    /// Kept objects lose what nobody asks for: the server's notes, the status, and kubectl's copy of the whole.
    @Test func whatIsKeptIsTrimmed() throws {
        let auditor = EvaluationSettings().auditor
        let collector = try #require(auditor.collector(for: .serviceaccounts))
        let text =
            #"{"items":[{"metadata":{"name":"a","namespace":"n","managedFields":[1],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","b":"c"}},"status":{"x":1},"automountServiceAccountToken":false}]}"#
        collector.add(page: try JSONDocument(text.utf8).root)
        let kept = collector.audit.kept.values.map { String(decoding: $0, as: UTF8.self) }
        #expect(
            kept == [
                #"{"metadata":{"name":"a","namespace":"n","annotations":{"b":"c"}},"automountServiceAccountToken":false}"#
            ])
    }
}
