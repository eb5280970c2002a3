import Foundation
import Glibc
import TestSupport
import Testing

@testable import Export
@testable import HTTP
@testable import Install
@testable import KubernetesAPI
@testable import Platform
@testable import YAML

/// A control plane with two nodes and an installation, and the test in the kubelet's place.
final class InstalledCluster: @unchecked Sendable {
    // SAFETY: used by one test's task at a time.
    let plane: ControlPlane
    let folder: TemporaryFolder
    var aggregator: Child?
    private var agents: [Child] = []
    private let http = HTTPClient()
    /// What is on call, as a webhook.
    private let onCall: FakeAPIServer

    var messages: [String] { onCall.requests.map(\.body) }

    /// An address of this machine that a pod may have: loopback is none. The API server's proxy asks there.
    private static let address: String? = {
        let (_, output) = (try? Child.run(["/usr/bin/hostname", "-I"])) ?? (1, "")
        return output.split(whereSeparator: \.isWhitespace).map(String.init).first { $0.contains(".") }
    }()

    static let canBeReached: Bool = {
        if address == nil { print("skipped: this machine has no address beside loopback: no service proxy") }
        return address != nil
    }()

    init() async throws {
        plane = try ControlPlane(["scheduler", "controller-manager"])
        folder = try TemporaryFolder()
        onCall = try FakeAPIServer { _ in .init(200, "ok") }
        for node in ["n1", "n2"] {
            try await ClusterScript.create(
                """
                kind: Node
                metadata: { name: \(node), labels: { kubernetes.io/os: linux, kubernetes.io/arch: amd64, kubernetes.io/hostname: \(node) } }
                status:
                  capacity: { cpu: '4', memory: 8Gi, pods: '110' }
                  allocatable: { cpu: '4', memory: 8Gi, pods: '110' }
                  conditions:
                    - { type: Ready, status: 'True', reason: KubeletReady, message: ok, lastHeartbeatTime: '@-10s',
                        lastTransitionTime: '@-2h' }
                """, in: plane)
        }
    }

    func ke(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try Child.run([Products.aggregator] + arguments + ["--kubeconfig", plane.kubeconfig])
    }

    func keInBackground(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        try await Task.detached { [self] in try ke(arguments) }.value
    }

    /// Dry run, installation, and the same again.
    func install() async throws {
        let options = ["--exporters", "events,nodeConditions", "--wait", "0"]
        let dry = try ke(["install", "--dry-run"] + options)
        #expect(dry.status == 0, "\(dry.output)")
        #expect(dry.output.contains("DaemonSet ke-system/ke-agent  created (dry run)"), "\(dry.output)")
        await #expect(throws: (any Error).self) { try await self.plane.object("/api/v1/namespaces/ke-system") }
        let made = try ke(["install"] + options)
        #expect(made.status == 0, "\(made.output)")
        #expect(made.output.contains("no default StorageClass"), "\(made.output)")
        var settings = Manifests.Settings()
        settings.exporters = ["events", "nodeConditions"]
        for object in try Manifests(settings).objects {
            #expect(made.output.contains("\(object.title)  created"), "\(object.title): \(made.output)")
            let path = object.path.replacing("policy/v1/", with: "policy/v1beta1/")
            let live = try await plane.object(path)
            let wrong = Self.differences(object.node.jsonObject, live, object.kind).filter {
                !$0.contains("apiVersion")
            }
            #expect(wrong.isEmpty, "\(wrong)")
        }
        let again = try ke(["install"] + options)
        #expect(again.status == 0)
        #expect(!again.output.contains("configured"), "\(again.output)")
        #expect(again.output.contains("Deployment ke-system/ke-aggregator  unchanged"), "\(again.output)")
        // What users edit stays theirs.
        try await plane.send(
            "PATCH", "/api/v1/namespaces/ke-system/configmaps/ke-agent-config?fieldManager=kubectl-edit",
            #"{"data":{"agent.yaml":"heartbeat: 10s\n"}}"#, type: "application/merge-patch+json")
        let kept = try ke(["install"] + options)
        #expect(kept.output.contains("ConfigMap ke-system/ke-agent-config  kept"), "\(kept.output)")
        // The scheduler binds the DaemonSet's pods and the Deployment's.
        #expect(await eventually(seconds: 60) { (try? await self.pods().filter { !$0.node.isEmpty }.count) == 3 })
    }

    /// The server takes what the overlays make of it. (An SCC is OpenShift's alone.)
    func checkOverlays() async throws {
        guard Kustomization.isPossible else { return }
        let connection = try Kubeconfig.load(explicit: plane.kubeconfig, environment: [:]).connection(.init())
        let client = KubernetesClient(connection, http: HTTPClient(), clock: SystemClock())
        let installer = Installer(client: client, clock: SystemClock()) { _ in }
        for overlay in try Kustomization.overlays() where !overlay.hasSuffix("openshift") {
            let (status, output) = try Kustomization.build(overlay)
            #expect(status == 0)
            let objects = try YAMLReader.readAll(Array(output.utf8)).map { Manifests.Object(node: $0) }
            var changed: [String] = []
            for object in try await installer.served(objects) {
                if try await installer.apply(object, isDryRun: true) != .unchanged { changed.append(object.kind) }
            }
            #expect(changed.contains("DaemonSet") || overlay.hasSuffix("npd"), "\(overlay): \(changed)")
        }
    }

    /// Members of what was asked for that are not so there.
    private static func differences(_ wanted: Any, _ live: Any?, _ place: String) -> [String] {
        switch wanted {
        case let wanted as [String: Any]:
            let live = live as? [String: Any] ?? [:]
            return wanted.flatMap { differences($0.value, live[$0.key], "\(place).\($0.key)") }
        case let wanted as [Any]:
            let live = live as? [Any] ?? []
            guard wanted.count == live.count else { return ["\(place): \(live.count) items, not \(wanted.count)"] }
            return zip(wanted, live).enumerated().flatMap { differences($1.0, $1.1, "\(place)[\($0)]") }
        case let wanted as Bool:
            return live as? Bool ?? false == wanted ? [] : ["\(place): \(live ?? "nothing"), not \(wanted)"]
        default:
            let same = live.map { "\($0)" == "\(wanted)" } ?? false
            return same ? [] : ["\(place): \(live ?? "nothing"), not \(wanted)"]
        }
    }

    struct Pod {
        var name: String
        var uid: String
        var node: String
        var app: String
        var isEnding: Bool
    }

    func pods() async throws -> [Pod] {
        let list = try await plane.object("/api/v1/namespaces/ke-system/pods")
        return (list["items"] as? [[String: Any]] ?? []).map { item in
            let metadata = item["metadata"] as? [String: Any] ?? [:]
            return Pod(
                name: metadata["name"] as? String ?? "", uid: metadata["uid"] as? String ?? "",
                node: (item["spec"] as? [String: Any])?["nodeName"] as? String ?? "",
                app: (metadata["labels"] as? [String: String])?["app.kubernetes.io/name"] ?? "",
                isEnding: metadata["deletionTimestamp"] != nil)
        }
    }

    func pod(node: String) async throws -> (name: String, uid: String) {
        let pod = try #require(try await pods().first { $0.node == node && $0.app == "ke-agent" })
        return (pod.name, pod.uid)
    }

    func agentToken(node: String) async throws -> String {
        try await plane.token("ke-agent", audiences: ["ke-aggregator"], pod: try await pod(node: node))
    }

    /// As the kubelet says of running pods.
    func markPodsReady() async throws {
        let address = try #require(Self.address)
        for pod in try await pods() {
            let status: [String: Any] = [
                "status": [
                    "phase": "Running", "podIP": address, "podIPs": [["ip": address]],
                    "conditions": [
                        ["type": "Ready", "status": "True", "lastTransitionTime": Timestamp.now().utcRFC3339]
                    ],
                ]
            ]
            let body = String(decoding: try JSONSerialization.data(withJSONObject: status), as: UTF8.self)
            try await plane.send(
                "PATCH", "/api/v1/namespaces/ke-system/pods/\(pod.name)/status", body,
                type: "application/strategic-merge-patch+json")
        }
    }

    /// Runs drills and ends pods that are to go, as their kubelet would.
    func actAsKubelet() -> Task<Void, Never> {
        Task { [self] in
            var ran: Set<String> = []
            var pace = Pace(every: .milliseconds(300))
            while !Task.isCancelled {
                for pod in (try? await pods()) ?? [] where pod.app == "ke-drill" && pod.node == "n2" {
                    guard ran.insert(pod.name).inserted else { continue }
                    let mark = pod.name.dropFirst("ke-drill-".count)
                    _ = try? Child.run([Products.agent, "drill", "--mark=\(mark)"])
                }
                for pod in (try? await pods()) ?? [] where pod.isEnding {
                    _ = try? await plane.send(
                        "DELETE", "/api/v1/namespaces/ke-system/pods/\(pod.name)?gracePeriodSeconds=0")
                }
                try? await pace.next()
            }
        }
    }

    // MARK: The programs, as their pods run them

    func stop() {
        aggregator?.end(SIGKILL)
        for agent in agents { agent.end(SIGKILL) }
    }

    func startAggregator() async throws {
        let kubeconfig = try plane.kubeconfig(token: try await plane.token("ke-aggregator"), namespace: "ke-system")
        let map = try await plane.object("/api/v1/namespaces/ke-system/configmaps/ke-aggregator-config")
        let sink = "notifications: [{ type: webhook, name: oncall, url: '\(onCall.url)' }]"
        let config = try #require((map["data"] as? [String: String])?["config.yaml"]).replacing(
            " }", with: ", \(sink) }")
        aggregator = try Child(
            [
                Products.aggregator, "serve", "--ingest=*:7470", "--read=*:7471", "--tls=cluster", "--auth=kubernetes",
                "--state-dir=\(folder.path)/state", "--config=\(try folder.write(config, to: "config.yaml"))",
                "--kubeconfig=\(kubeconfig)",
            ], log: folder.path + "/aggregator.log")
        #expect(
            await eventually(seconds: 30) {
                let map = try? await self.plane.object("/api/v1/namespaces/ke-system/configmaps/ke-ca")
                guard let authority = (map?["data"] as? [String: String])?["ca.crt"] else { return false }
                _ = try? self.folder.write(authority, to: "ca/ca.crt")
                return (try? await self.send("GET", 7471, "readyz", [:]).status) == 200
            }, "\(logs)")
    }

    /// The agent from the image, with the DaemonSet's own arguments and configuration, as its pod would have them.
    func startPod(node: String) async throws {
        let root = try Image.unpack(into: folder)
        try Data("127.0.0.1 localhost ke-aggregator.ke-system.svc\n".utf8).write(to: URL(filePath: root + "/etc/hosts"))
        let set = try #require(try Manifests(.init()).objects.first { $0.kind == "DaemonSet" })
        let container = set.node["spec"]?["template"]?["spec"]?["containers"]?.items?.first
        let command = ["command", "args"].flatMap { container?[$0]?.items ?? [] }.compactMap(\.string).map {
            $0.replacing("$(NODE_NAME)", with: node).replacing("$(NODE_ADDRESS)", with: "127.0.0.1")
        }
        let maps = try Manifests(.init()).objects
        let config = maps.first { $0.name == "ke-agent-config" }?.node["data"]?["agent.yaml"]?.string
        try folder.write(try #require(config), to: "pod/config/agent.yaml")
        try folder.write(try await agentToken(node: node), to: "pod/token/token")
        try FileManager.default.createDirectory(atPath: folder.path + "/pod/state", withIntermediateDirectories: true)
        let pod = folder.path + "/pod/"
        agents.append(
            try Child(
                [
                    Repository.root.path + "/scripts/as-pod", root, pod + "config", folder.path + "/ca", pod + "token",
                    pod + "state",
                ] + command, log: "\(folder.path)/agent-\(node).log"))
        #expect(await eventually(seconds: 30) { self.agents.last?.log.contains("The agent runs.") == true }, "\(logs)")
    }

    /// - Parameter rules: with `SOURCE` for the log that `say` writes to; nil: the built-in ones.
    func startAgent(node: String, rules: String? = InstalledCluster.rules) async throws {
        try folder.write("", to: "node.log")
        let token = try folder.write(try await agentToken(node: node), to: "token-\(node)")
        // A real line of the kernel, where this machine takes one.
        let source = Machine.writesKmsg ? "{ kmsg: }" : "{ file: { path: \(folder.path)/node.log } }"
        let text = rules?.replacing("SOURCE", with: source)
        let own = try text.map { ["--no-built-in-rules", "--rules", try folder.write($0, to: "rules.yaml")] } ?? []
        agents.append(
            try Child(
                [
                    Products.agent, "run", "--node-name", node, "--aggregator",
                    "https://localhost:7470", "--certificate-authority", folder.path + "/ca/ca.crt", "--token-file",
                    token,
                    "--state-dir", "\(folder.path)/agent-\(node)",
                ] + own, log: "\(folder.path)/agent-\(node).log"))
        #expect(await eventually(seconds: 30) { self.agents.last?.log.contains("The agent runs.") == true }, "\(logs)")
    }

    private static let rules = """
        apiVersion: ke/v1
        kind: LogRules
        source: SOURCE
        rules:
          - id: rig-deadlock
            reason: RigDeadlock
            severity: danger
            pattern: 'rig deadlock: task (?P<task>\\S+) is stuck'
            condition: { type: KernelDeadlock, check: NodeDeadlock, clears: 'rig deadlock is over' }
        """

    func say(_ line: String) throws {
        guard Machine.writesKmsg else { return try folder.append(line + "\n", to: "node.log") }
        let handle = try #require(FileHandle(forWritingAtPath: "/dev/kmsg"))
        try handle.write(contentsOf: Data("<3>\(line)\n".utf8))
        try handle.close()
    }

    var logs: String {
        "agent:\n\(agents.last?.log.suffix(3000) ?? "")\naggregator:\n\(aggregator?.log.suffix(3000) ?? "")"
    }

    // MARK: Requests

    private func send(
        _ method: String, _ port: Int, _ path: String, _ headers: [String: String]
    ) async throws -> (status: Int, text: String) {
        var request = HTTPRequest(url: "https://localhost:\(port)/\(path)")
        request.method = method
        request.headers = headers.map { ($0.key, $0.value) }
        if method == "POST" { request.body = [] }
        request.tls.certificateAuthorityPEM = Array(
            try String(contentsOfFile: folder.path + "/ca/ca.crt", encoding: .utf8).utf8)
        request.responseBytesMax = 64 << 20
        let response = try await http.send(request)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    func hello(_ node: String, token: String?) async throws -> (status: Int, text: String) {
        try await post("v1/nodes/\(node)/hello", token: token)
    }

    /// On the agents' port.
    func post(_ path: String, token: String?) async throws -> (status: Int, text: String) {
        try await send("POST", 7470, path, token.map { ["Authorization": "Bearer \($0)"] } ?? [:])
    }

    func read(_ path: String, method: String = "GET", token: String?) async throws -> (status: Int, text: String) {
        try await send(method, 7471, path, token.map { ["X-Ke-Token": $0] } ?? [:])
    }

    /// As Prometheus' account, which may get that path.
    func metrics() async throws -> String {
        try await ClusterScript.create(
            """
            kind: ServiceAccount
            metadata: { name: prometheus }
            ---
            kind: ClusterRole
            metadata: { name: read-metrics }
            rules: [{ nonResourceURLs: [/metrics], verbs: [get] }]
            ---
            kind: ClusterRoleBinding
            metadata: { name: read-metrics }
            roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: read-metrics }
            subjects: [{ kind: ServiceAccount, name: prometheus, namespace: default }]
            """, in: plane)
        var answer = (status: 0, text: "")
        #expect(
            await eventually(seconds: 15) {
                answer = (try? await self.askForMetrics()) ?? (0, "")
                return answer.status == 200
            }, "\(answer)")
        return answer.text
    }

    private func askForMetrics() async throws -> (status: Int, text: String) {
        let token = try await plane.token("prometheus", namespace: "default")
        return try await send("GET", 7471, "metrics", ["Authorization": "Bearer \(token)"])
    }

    /// Whether every exporter of the aggregator that runs now comes round twice, after `metrics` has made its account.
    func exportersComeRound() async -> Bool {
        await eventually(seconds: 60) {
            guard let text = try? await self.askForMetrics().text else { return false }
            return ["events", "nodeConditions"].allSatisfy { id in
                let name = "ke_export_rounds_total{exporter=\"\(id)\",result=\"good\"} "
                let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
                return (line.flatMap { Int($0.dropFirst(name.count)) } ?? 0) >= 2
            }
        }
    }

    /// Signed by the API server's own key, and past its end.
    func expiredToken() throws -> String {
        try ClusterReportSerialTests.token(
            #"{"iss":"https://kubernetes.default.svc","sub":"system:serviceaccount:ke-system:ke-agent","aud":["ke-aggregator"],"iat":1600000000,"nbf":1600000000,"exp":1600003600,"kubernetes.io":{"namespace":"ke-system","serviceaccount":{"name":"ke-agent","uid":"u"}}}"#,
            key: plane.serviceAccountKey, in: plane.folder)
    }
}
