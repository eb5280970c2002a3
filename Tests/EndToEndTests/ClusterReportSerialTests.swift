import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Report

/// The report of a real API server, as a program.
@Suite(.serialized, .enabled(if: ControlPlane.isPossible)) struct ClusterReportSerialTests {
    private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try Child.run([Products.aggregator] + arguments)
    }

    private func report(_ plane: ControlPlane, _ arguments: [String] = [], kubeconfig: String? = nil) throws -> Report {
        let (status, output) = try run(
            ["report", "--kubeconfig", kubeconfig ?? plane.kubeconfig, "-o", "json", "--request-timeout", "20s"]
                + arguments)
        guard let start = output.firstIndex(of: "{"), status == 0 else {
            throw ControlPlane.Failure(description: output)
        }
        return try JSONDecoder().decode(Report.self, from: Data(output[start...].utf8))
    }

    private func table(_ plane: ControlPlane, _ arguments: [String] = []) throws -> String {
        try run(["report", "--kubeconfig", plane.kubeconfig, "--request-timeout", "20s"] + arguments).output
    }

    @Test func nodesInEveryConditionAndSchedulersEvents() async throws {
        let plane = try ControlPlane(["scheduler"])
        try await ClusterScript.create(
            [
                ClusterScript.node("ready"),
                ClusterScript.node(
                    "unknown", ready: "Unknown", reason: "NodeStatusUnknown",
                    message: "Kubelet stopped posting node status."),
                ClusterScript.node(
                    "docker", ready: "False", reason: "KubeletNotReady",
                    message: "Container runtime not ready: RuntimeReady=false reason:DockerDaemonNotReady"),
                ClusterScript.node(
                    "cni", ready: "False", reason: "KubeletNotReady",
                    message: "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady"),
                ClusterScript.node(
                    "memory",
                    more: ClusterScript.condition(
                        "MemoryPressure", "True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory")),
                ClusterScript.node(
                    "disk", more: ClusterScript.condition("DiskPressure", "True", "KubeletHasDiskPressure")),
                ClusterScript.node(
                    "pid", more: ClusterScript.condition("PIDPressure", "True", "KubeletHasInsufficientPID")),
                ClusterScript.node(
                    "route", more: ClusterScript.condition("NetworkUnavailable", "True", "NoRouteCreated")),
                ClusterScript.node(
                    "deadlock",
                    more: ClusterScript.condition(
                        "KernelDeadlock", "True", "DockerHung",
                        "INFO: task docker:20744 blocked for more than 120 seconds.")),
                ClusterScript.node(
                    "readonly", more: ClusterScript.condition("ReadonlyFilesystem", "True", "FilesystemIsReadOnly")),
                ClusterScript.node("storage", more: ClusterScript.condition("StorageReady", "False", "EBSVolumeStuck")),
                ClusterScript.node(
                    "leaving", ready: "Unknown", reason: "NodeStatusUnknown",
                    spec: "taints: [{ key: ToBeDeletedByClusterAutoscaler, effect: NoSchedule, timeAdded: '@-2m' }]"),
                """
                kind: Pod
                metadata: { name: giant, namespace: default }
                spec: { containers: [{ name: app, image: x, resources: { requests: { cpu: '4000' } } }] }
                """,
            ].joined(separator: "\n---\n"), in: plane)
        let hasEvent = await eventually(seconds: 30) {
            (try? await plane.send("GET", "/api/v1/namespaces/default/events"))?.contains("FailedScheduling") ?? false
        }
        #expect(hasEvent, "the scheduler wrote no event")
        // The API server stamps nodes with their creation: young ones are Info, so look at them as if they were older.
        let config = try plane.folder.write("checks: { PodPending: { thresholds: { minutes: 0 } } }", to: "config.yaml")
        // It must have waited for longer than no time at all.
        let isPending = try await eventually(seconds: 10) {
            try report(plane, ["--config", config, "--only", "PodPending"]).findings.count == 1
        }
        #expect(isPending)
        let made = try report(plane, ["--severity", "info", "--config", config])
        func found(_ node: String) -> [String] {
            made.findings.filter { $0.node == node && $0.object.kind == "Node" }.map(\.check)
        }
        #expect(found("ready").isEmpty)
        #expect(found("unknown") == ["KubeletHealthStatus"])
        #expect(found("docker") == ["DockerHealthStatus"])
        #expect(found("cni") == ["CNINotReady"])
        #expect(found("route") == ["CNINotReady"])
        #expect(found("memory") == ["NodeMemory"])
        #expect(found("disk") == ["NodeDisk"])
        #expect(found("pid") == ["NodePIDExhaustion"])
        #expect(found("deadlock") == ["NodeDeadlock"])
        #expect(found("readonly") == ["NodeFilesystemReadOnly"])
        #expect(found("storage") == ["NodeConditionFalse"])
        #expect(found("leaving") == ["KubeletHealthStatus"])
        // Nodes made a moment ago are no alarm.
        #expect(made.findings.filter { $0.object.kind == "Node" }.allSatisfy { $0.severity == .info })
        let pending = made.findings.first { $0.check == "PodPending" }
        #expect(pending?.object.name == "giant")
        #expect(pending?.message.contains("nodes are available") == true)
        let unscheduled = try #require(made.tables.events.first { $0.podName.hasPrefix("giant.") })
        #expect(unscheduled.reason == "FailedScheduling")
        #expect(unscheduled.severity == .warning)
        #expect(made.cluster.version == "v1.20.2")
        #expect(made.cluster.nodes == 12)
        #expect(made.cluster.leaving == 1)
        let text = try table(plane, ["--severity", "info", "--no-header", "--limit", "0"])
        #expect(text.hasPrefix("NODENAME        SEVERITY     HEARTBEATTIME"))
        #expect(text.contains("Kubelet stopped posting node status."))
        #expect(text.contains("NAMESPACE       SEVERITY     PODNAME"))
        let docker = try #require(text.split(separator: "\n").first { $0.hasPrefix("docker          Info") })
        #expect(docker.contains("KubeletNotReady"))
        // Without agents it says so, and asks no more than it may.
        #expect(made.unobserved.filter { $0.check == "NodeCPU" }.map(\.reason).contains(.noAgent))
        #expect(
            try run(["report", "--kubeconfig", plane.kubeconfig, "--fail-on", "fatal", "--only", "NodeVersionSkew"])
                .status == 0)
        #expect(
            try run(["report", "--kubeconfig", plane.kubeconfig, "--fail-on", "warning", "--only", "WarningEvent"])
                .status == 2)
        #expect(
            try run(["report", "--kubeconfig", plane.kubeconfig, "--fail-on", "fatal", "--only", "NodeCPU"]).status == 3
        )
    }

    @Test func stoppedComponents() async throws {
        let plane = try ControlPlane(["scheduler", "controller-manager"])
        func leads(_ name: String) async -> Bool {
            (try? await plane.send("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/\(name)"))?
                .contains("holderIdentity") ?? false
        }
        #expect(await eventually(seconds: 40) { await leads("kube-scheduler") })
        #expect(await eventually(seconds: 40) { await leads("kube-controller-manager") })
        let only = [
            "--only", "SchedulerHealthStatus,ControllerManagerHealthStatus,ETCDHealthStatus,ApiServerUnhealthy",
        ]
        let well = try report(plane, only)
        #expect(well.findings.isEmpty, "\(well.checks)")
        #expect(well.checks.filter { $0.healthy > 0 }.count == 4, "\(well.checks)")
        try await ClusterScript.create(
            ["kube-scheduler", "kube-controller-manager"].map { name in
                """
                kind: Pod
                metadata: { name: \(name)-cp1, namespace: kube-system, labels: { component: \(name) } }
                spec: { nodeName: cp1, containers: [{ name: x, image: x, command: [\(name)] }] }
                """
            }.joined(separator: "\n---\n"), in: plane)
        for name in ["scheduler", "controller-manager"] {
            try plane.stop(name)
            // As if it had been gone for two minutes.
            let stale = Self.microTime(Timestamp.now() - 120)
            try await plane.send(
                "PATCH", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-\(name)",
                #"{"spec":{"renewTime":"\#(stale)"}}"#, type: "application/merge-patch+json")
        }
        let stopped = try report(plane, only)
        #expect(stopped.findings.map(\.check).sorted() == ["ControllerManagerHealthStatus", "SchedulerHealthStatus"])
        #expect(stopped.findings.allSatisfy { $0.severity == .fatal })
        #expect(stopped.findings.allSatisfy { $0.message.hasPrefix("no leader for 2m (last ") })
        #expect(stopped.tables.components.map(\.name) == ["controller-manager", "scheduler"])
        #expect(stopped.incidents.count == 1, "the control plane is one incident: \(stopped.incidents.map(\.summary))")
        try plane.stop("etcd")
        let (status, output) = try run(
            [
                "report", "--kubeconfig", plane.kubeconfig, "--request-timeout", "4s", "-o", "json", "--only",
                "ETCDHealthStatus,NodeMemory",
            ])
        let dead = try JSONDecoder().decode(
            Report.self, from: Data(output[(output.firstIndex(of: "{") ?? output.startIndex)...].utf8))
        #expect(status == 0)
        #expect(dead.findings.map(\.check) == ["ETCDHealthStatus"])
        #expect(dead.findings.first?.severity == .fatal)
        #expect(dead.findings.first?.message.hasPrefix("[-]etcd") == true)
        // What could not be listed is unobserved, not healthy.
        let unseen = Set(dead.unobserved.filter { $0.check == "NodeMemory" }.map(\.reason))
        #expect(!unseen.isDisjoint(with: [.unreachable, .timeout]), "\(dead.unobserved)")
    }

    private static func microTime(_ time: Timestamp) -> String { time.utcRFC3339.dropLast() + ".000000Z" }

    @Test func credentialsAndRights() async throws {
        let plane = try ControlPlane(users: ["dev-token,dev,7"])
        // A service account's token that has expired, signed with the server's own key.
        let claims =
            #"{"iss":"https://kubernetes.default.svc","sub":"system:serviceaccount:default:x","aud":["https://kubernetes.default.svc"],"iat":1600000000,"nbf":1600000000,"exp":1600003600,"kubernetes.io":{"namespace":"default","serviceaccount":{"name":"x","uid":"u"}}}"#
        let expired = try plane.kubeconfig(
            token: try Self.token(claims, key: plane.serviceAccountKey, in: plane.folder))
        let refused = try run(["report", "--kubeconfig", expired])
        #expect(refused.status == 1, "\(refused.output)")
        #expect(refused.output.contains("refuses the credentials"), "\(refused.output)")
        let absent = try run([
            "report", "--server", "https://127.0.0.1:\(freePort())", "--insecure-skip-tls-verify", "--kubeconfig",
            plane.kubeconfig,
        ])
        #expect(absent.status == 1, "\(absent.output)")
        #expect(absent.output.contains("cannot be reached"), "\(absent.output)")
        let untrusted = try run([
            "report", "--server", plane.server, "--token", "admin-token", "--kubeconfig", "/dev/null",
        ])
        #expect(untrusted.status == 1, "\(untrusted.output)")
        #expect(untrusted.output.contains("not trusted"), "\(untrusted.output)")
        // One namespace only.
        try await ClusterScript.create(
            """
            kind: Namespace
            metadata: { name: shop }
            ---
            kind: Role
            metadata: { name: reader, namespace: shop }
            rules: [{ apiGroups: ['', apps, batch], resources: ['*'], verbs: [get, list] }]
            ---
            kind: RoleBinding
            metadata: { name: reader, namespace: shop }
            roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
            subjects: [{ kind: User, name: dev, apiGroup: rbac.authorization.k8s.io }]
            ---
            kind: Pod
            metadata: { name: web, namespace: shop }
            spec: { nodeName: n1, containers: [{ name: app, image: x }] }
            status: { phase: Pending, containerStatuses: [{ name: app, image: x, imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: CreateContainerConfigError, message: configmap "c" not found } } }] }
            ---
            kind: Pod
            metadata: { name: hidden, namespace: default }
            spec: { nodeName: n1, containers: [{ name: app, image: x }] }
            """.replacing("configmap \"c\" not found", with: "'configmap \"c\" not found'"), in: plane)
        let dev = try plane.kubeconfig(token: "dev-token", namespace: "shop")
        let narrow = try report(plane, kubeconfig: dev)
        // What is broken, apart from best practice, which the same rights limit.
        func broken(_ report: Report) -> [String] { report.findings.filter(\.failures.isEmpty).map(\.check) }
        #expect(broken(narrow) == ["PodConfigError"])
        #expect(narrow.findings.allSatisfy { $0.object.namespace == "shop" })
        #expect(narrow.tables.workloads.count == 1)
        let note = try #require(narrow.cluster.notes.first { $0.contains("one namespace only of") })
        #expect(note.contains("pods"))
        let memory = narrow.unobserved.filter { $0.check == "NodeMemory" }
        let forbidden = try #require(memory.first { $0.reason == .forbidden }, "\(memory)")
        #expect(forbidden.detail.contains("403"))
        #expect(narrow.unobserved.contains { $0.check == "PodConfigError" && $0.scope == "other namespaces" })
        let (_, header) = try run(["report", "--kubeconfig", dev])
        #expect(header.contains("note: one namespace only of"))
        let own = try report(plane, ["-n", "shop"], kubeconfig: dev)
        #expect(broken(own) == ["PodConfigError"])
        #expect(own.cluster.notes.contains("only namespace shop"))
        // Impersonation: an administrator sees what the developer sees.
        let (_, seen) = try run(["report", "--kubeconfig", plane.kubeconfig, "--as", "dev", "-o", "json"])
        #expect(seen.contains("one namespace only") || seen.contains("forbidden"))
    }

    static func token(_ claims: String, key: String, in folder: TemporaryFolder) throws -> String {
        func base64url(_ data: Data) -> String {
            data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let signed = base64url(Data(#"{"alg":"RS256","typ":"JWT"}"#.utf8)) + "." + base64url(Data(claims.utf8))
        let input = try folder.write(signed, to: "jwt")
        _ = try Child.run(["/usr/bin/openssl", "dgst", "-sha256", "-sign", key, "-out", folder.path + "/sig", input])
        return signed + "." + base64url(try Data(contentsOf: URL(filePath: folder.path + "/sig")))
    }

    @Test func olderVersionsAndMissingAPIs() async throws {
        let plane = try ControlPlane()
        try await ClusterScript.create(
            """
            kind: Namespace
            metadata: { name: shop }
            ---
            kind: PodDisruptionBudget
            metadata: { name: web, namespace: shop }
            spec: { minAvailable: 3, selector: { matchLabels: { app: web } } }
            status: { disruptionsAllowed: 0, currentHealthy: 3, desiredHealthy: 3, expectedPods: 3 }
            ---
            kind: HorizontalPodAutoscaler
            metadata: { name: web, namespace: shop }
            spec: { maxReplicas: 5, scaleTargetRef: { kind: Deployment, name: web, apiVersion: apps/v1 } }
            status: { currentReplicas: 1, desiredReplicas: 1, currentMetrics: null, conditions: [{ type: ScalingActive, status: 'False', reason: FailedGetResourceMetric, message: no metrics }] }
            ---
            kind: CronJob
            metadata: { name: backup, namespace: shop }
            spec: { schedule: every full moon, jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: x }] } } } } }
            ---
            kind: APIService
            metadata: { name: v1beta1.metrics.k8s.io }
            spec: { group: metrics.k8s.io, version: v1beta1, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: { namespace: kube-system, name: metrics-server } }
            """.replacing("every full moon", with: "'*/5 * * * *'"), in: plane)
        #expect(
            await eventually(seconds: 20) {
                (try? await plane.send("GET", "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"))?
                    .contains("ServiceNotFound") ?? false
            })
        let made = try report(plane, ["--severity", "info"])
        func named(_ check: String) -> Report.Item? { made.findings.first { $0.check == check } }
        #expect(named("PDBBlocksDrain")?.object.name == "web")
        #expect(named("HPAUnable")?.reason == "FailedGetResourceMetric")
        #expect(named("APIServiceUnavailable")?.object.name == "v1beta1.metrics.k8s.io")
        #expect(made.checks.first { $0.id == "CronJobMissed" }?.healthy == 1)
        // Componentstatuses of 1.19 and later say nothing true and are not asked.
        #expect(!made.findings.contains { $0.check == "SchedulerHealthStatus" })
        // The certificate of the endpoint is read from the handshake: a year is left.
        #expect(made.checks.first { $0.id == "NodeApiServerExpiredPeriod" }?.healthy == 1)
        let contexts = try run(["report", "--kubeconfig", plane.kubeconfig, "--contexts", "all"])
        #expect(contexts.status == 0)
        #expect(contexts.output.contains("CONTEXT"))
        #expect(contexts.output.contains("testbed"))
        // Kept and compared.
        let kept = try plane.folder.write(
            try run(["report", "--kubeconfig", plane.kubeconfig, "-o", "json"]).output, to: "kept.json")
        try await plane.send("DELETE", "/apis/policy/v1beta1/namespaces/shop/poddisruptionbudgets/web")
        let changed = try report(plane, ["--new-since", kept])
        #expect(changed.changes?.gone.map(\.check) == ["PDBBlocksDrain"])
        #expect(changed.changes?.new.isEmpty == true)
    }

    @Test func hostileTextsSilencesAndNotes() async throws {
        let plane = try ControlPlane()
        let message =
            "\u{1B}[2J\u{1B}]0;x\u{7}line one\nline two\u{202E}txt.exe \(String(repeating: "w", count: 900)) \u{200F}|<b>`"
        let json = String(decoding: try JSONEncoder().encode(message), as: UTF8.self)
        try await ClusterScript.create(
            """
            kind: Event
            metadata: { name: bad.1, namespace: default }
            involvedObject: { kind: Pod, name: "we\\u001b[31mird", namespace: default }
            reason: "Re\\u001b[7mason\\nX"
            type: Warning
            count: 2
            lastTimestamp: '@-1m'
            message: \(json)
            """, in: plane)
        for format in ["table", "wide", "csv", "markdown"] {
            let (_, text) = try run(["report", "--kubeconfig", plane.kubeconfig, "-o", format])
            #expect(text.contains("line one line two"), "\(format)")
            #expect(
                !text.unicodeScalars.contains {
                    $0.value == 0x1B || $0.value == 0x07 || $0.value == 0x202E || $0.value == 0x200F
                }, "\(format)")
        }
        let before = try report(plane)
        let finding = try #require(before.findings.first { $0.check == "WarningEvent" })
        // Noted: it stays, but alarms nobody.
        let ack = try run([
            "ack", finding.id, "--kubeconfig", plane.kubeconfig, "--by", "me", "--for", "1h", "--reason", "looking",
        ])
        #expect(ack.status == 0, "\(ack.output)")
        #expect(ack.output.contains("ke-system/ke-overrides"), "\(ack.output)")
        let noted = try report(plane)
        #expect(noted.findings.first { $0.id == finding.id }?.acknowledgedBy == "me")
        #expect(noted.summary.acknowledged == 1)
        #expect(noted.incidents.isEmpty)
        // Silenced: it is counted and not shown.
        let silence = try run([
            "silence", "WarningEvent", "--kubeconfig", plane.kubeconfig, "--for", "1h", "--reason", "known",
        ])
        #expect(silence.status == 0, "\(silence.output)")
        let quiet = try report(plane)
        #expect(quiet.findings.isEmpty)
        #expect(quiet.summary.silenced == 1)
        #expect(try table(plane).contains("silenced 1"))
        let stored = try await plane.send("GET", "/api/v1/namespaces/ke-system/configmaps/ke-overrides")
        #expect(stored.contains("looking"))
        #expect(stored.contains("known"))
        // Whatever is wrong with the overrides is said, and nothing is silenced by it.
        try await plane.send(
            "PATCH", "/api/v1/namespaces/ke-system/configmaps/ke-overrides",
            #"{"data":{"overrides.yaml":"overrides: [{ match: { chekcs: [x] } }]"}}"#,
            type: "application/merge-patch+json")
        let broken = try report(plane)
        #expect(broken.findings.count == 1)
        #expect(broken.cluster.notes.contains { $0.contains("chekcs: unknown field; did you mean 'checks'?") })
        // In a file, and over.
        let file = try plane.folder.write(
            "overrides:\n  - match: { checks: [WarningEvent] }\n    set: { ignore: true }\n    until: 2020-01-01T00:00:00Z\n    reason: old\n",
            to: "overrides.yaml")
        let over = try report(plane, ["--overrides", file])
        #expect(over.findings.count == 1)
        try #require(over.expiredOverrides.count == 1)
        #expect(over.expiredOverrides[0].contains("old"))
    }
}
