import Foundation
import TestSupport

@testable import Checks
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Wire

/// A small cluster with agents that changes at random, one object or report at a time.
struct RandomCluster {
    private(set) var index: ClusterIndex
    private(set) var reports: AgentReports
    private(set) var changed = ChangedScopes()
    private(set) var now: Timestamp
    private var random: SeededRandom
    private var texts = TextInterner()

    private let nodes = (0..<5).map { "n\($0)" }
    private let namespaces = ["shop", "bank", "kube-system"]
    private let workloads = ["web", "db"]

    init(seed: UInt64, now: Timestamp) {
        random = SeededRandom(seed: seed)
        self.now = now
        index = ClusterIndex(name: "random")
        reports = AgentReports(generatedAt: now, startedAt: now - 3600)
        setDates()
    }

    private mutating func setDates() {
        for kind in CheckRunner.kinds(EvaluationSettings().checks) { index.states[kind] = KindState(date: now) }
        index.serverVersion = "v1.31.4"
        reports.generatedAt = now
    }

    /// What changed since the last call.
    mutating func takeChanges() -> ChangedScopes {
        defer { changed = ChangedScopes() }
        return changed
    }

    mutating func advance(seconds: Double) {
        now = now + seconds
        setDates()
    }

    /// Something changes, somewhere.
    mutating func step() {
        switch Int.random(in: 0..<12, using: &random) {
        case 0...3: set(.pods, pod())
        case 4: remove(.pods, pick(namespaces), podName())
        case 5: set(.events, event())
        case 6: set(.nodes, node())
        case 7: set(.deployments, deployment())
        case 8: chance(2) ? set(.services, service()) : set(.endpointslices, slice())
        case 9: rarely()
        default: report()
        }
    }

    // MARK: Choices

    private mutating func pick<Element>(_ from: [Element]) -> Element {
        from[Int.random(in: 0..<from.count, using: &random)]
    }

    private mutating func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &random) == 0 }

    private mutating func ago(_ most: Double = 5000) -> Timestamp {
        now - Double.random(in: 0...most, using: &random).rounded()
    }

    private mutating func podName() -> String { "\(pick(workloads))-7d9f-\(Int.random(in: 0..<3, using: &random))" }

    private func uid(_ namespace: String, _ name: String) -> String { "uid-\(namespace)-\(name)" }

    // MARK: Objects

    private mutating func set(_ kind: ClusterKind, _ object: [String: Any]) {
        guard let data = try? JSONSerialization.data(withJSONObject: object),
            let document = try? JSONDocument(Array(data)), let table = ClusterTables.table(of: kind)
        else { preconditionFailure("\(kind) is not an object") }
        let isObject = table.set(document.root, in: &index, &texts, &changed)
        precondition(isObject)
    }

    private mutating func remove(_ kind: ClusterKind, _ namespace: String, _ name: String) {
        let metadata: [String: Any] = ["metadata": ["namespace": namespace, "name": name]]
        guard let data = try? JSONSerialization.data(withJSONObject: metadata),
            let document = try? JSONDocument(Array(data))
        else { preconditionFailure("\(kind) cannot be removed") }
        ClusterTables.table(of: kind)?.remove(document.root, from: &index, &changed)
    }

    private mutating func pod() -> [String: Any] {
        let namespace = pick(namespaces), name = podName()
        let isReady = chance(2)
        let waiting = pick(["ImagePullBackOff", "CrashLoopBackOff", "CreateContainerConfigError", ""])
        let state: [String: Any] =
            waiting.isEmpty || isReady
            ? ["running": ["startedAt": ago().utcRFC3339]] : ["waiting": ["reason": waiting, "message": "no luck"]]
        let ended: [String: Any] = [
            "terminated": [
                "reason": pick(["OOMKilled", "Error"]), "exitCode": 137, "startedAt": ago().utcRFC3339,
                "finishedAt": ago().utcRFC3339,
            ]
        ]
        var metadata: [String: Any] = [
            "namespace": namespace, "name": name, "uid": uid(namespace, name), "creationTimestamp": ago().utcRFC3339,
            "labels": ["app": String(name.prefix { $0 != "-" }), "pod-template-hash": "7d9f"],
            "ownerReferences": [
                ["kind": "ReplicaSet", "name": "\(name.prefix { $0 != "-" })-7d9f", "controller": true]
            ],
        ]
        if chance(8) { metadata["deletionTimestamp"] = ago().utcRFC3339 }
        return [
            "metadata": metadata, "spec": chance(5) ? [:] : ["nodeName": pick(nodes)],
            "status": [
                "phase": pick(["Running", "Running", "Running", "Pending", "Failed", "Succeeded"]),
                "reason": pick(["", "", "Evicted"]),
                "conditions": [
                    [
                        "type": "Ready", "status": isReady ? "True" : "False", "reason": "ContainersNotReady",
                        "lastTransitionTime": ago().utcRFC3339,
                    ]
                ],
                "containerStatuses": [
                    [
                        "name": "app", "ready": isReady, "restartCount": Int.random(in: 0..<8, using: &random),
                        "state": state, "lastState": chance(2) ? ended : [:],
                    ]
                ],
            ],
        ]
    }

    private mutating func event() -> [String: Any] {
        let namespace = pick(namespaces), pod = podName()
        let about: [String: Any] = pick([
            ["kind": "Pod", "namespace": namespace, "name": pod, "uid": uid(namespace, pod)],
            ["kind": "Node", "name": pick(nodes), "uid": "x"],
            ["kind": "ReplicaSet", "namespace": namespace, "name": "web-7d9f"],
        ])
        let (reason, message) = pick([
            ("Failed", "Failed to pull image \"x\""), ("BackOff", "Back-off restarting failed container app in pod"),
            ("FailedMount", "MountVolume.SetUp failed"),
            ("SystemOOM", "System OOM encountered, victim process: x, pid: 17"),
            ("FailedScheduling", "0/5 nodes are available"), ("Unhealthy", "Readiness probe failed"),
            ("Evicted", "The node was low on resource: memory"), ("FailedCreate", "exceeded quota: q"),
        ])
        return [
            "metadata": ["namespace": namespace, "name": "e\(Int.random(in: 0..<30, using: &random))"],
            "involvedObject": about, "reason": reason, "message": message, "type": "Warning",
            "count": Int.random(in: 1..<9, using: &random), "firstTimestamp": ago().utcRFC3339,
            "lastTimestamp": ago().utcRFC3339,
            "source": chance(2) ? ["component": "kubelet", "host": pick(nodes)] : ["component": "scheduler"],
        ]
    }

    private mutating func node() -> [String: Any] {
        func condition(_ type: String, _ status: String) -> [String: Any] {
            [
                "type": type, "status": status, "reason": "R", "message": "container runtime is down",
                "lastTransitionTime": (now - 900).utcRFC3339, "lastHeartbeatTime": now.utcRFC3339,
            ]
        }
        return [
            "metadata": ["name": pick(nodes), "uid": "u", "creationTimestamp": ago(900_000).utcRFC3339],
            "spec": chance(4) ? ["unschedulable": true] : [:],
            "status": [
                "nodeInfo": ["kubeletVersion": pick(["v1.31.4", "v1.33.0", "?"])],
                "conditions": [
                    condition("Ready", pick(["True", "True", "False", "Unknown"])),
                    condition("DiskPressure", pick(["True", "False", "False"])),
                    condition("MemoryPressure", "False"), condition("PIDPressure", "False"),
                ],
            ],
        ]
    }

    private mutating func deployment() -> [String: Any] {
        let name = pick(workloads), available = Int.random(in: 0...2, using: &random)
        return [
            "metadata": ["namespace": pick(namespaces), "name": name, "creationTimestamp": ago(90_000).utcRFC3339],
            "spec": ["replicas": 2, "selector": ["matchLabels": ["app": name]]],
            "status": ["availableReplicas": available, "updatedReplicas": 2, "readyReplicas": available],
        ]
    }

    private mutating func service() -> [String: Any] {
        let name = pick(workloads)
        return [
            "metadata": ["namespace": pick(namespaces), "name": name, "creationTimestamp": ago().utcRFC3339],
            "spec": ["selector": ["app": name], "ports": [["port": 80]]],
        ]
    }

    private mutating func slice() -> [String: Any] {
        let name = pick(workloads)
        return [
            "metadata": [
                "namespace": pick(namespaces), "name": name, "labels": ["kubernetes.io/service-name": name],
            ],
            "endpoints": chance(2) ? [] : [["addresses": ["10.0.0.1"], "conditions": ["ready": true]]],
        ]
    }

    private mutating func rarely() {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: remove(.nodes, "", pick(nodes))
        case 1: remove(.deployments, pick(namespaces), pick(workloads))
        case 2: remove(.events, pick(namespaces), "e\(Int.random(in: 0..<30, using: &random))")
        case 3: remove(.services, pick(namespaces), pick(workloads))
        case 4:
            let claim: [String: Any] = [
                "metadata": ["namespace": pick(namespaces), "name": "data", "creationTimestamp": ago().utcRFC3339],
                "spec": ["storageClassName": "fast"], "status": ["phase": pick(["Pending", "Bound", "Lost"])],
            ]
            set(.persistentvolumeclaims, claim)
        default:
            chance(2)
                ? set(.storageclasses, ["metadata": ["name": "fast"], "volumeBindingMode": "WaitForFirstConsumer"])
                : remove(.storageclasses, "", "fast")
        }
    }

    // MARK: Agents

    private mutating func report() {
        let node = pick(nodes)
        var report = reports.reports[node] ?? AgentReports.Report(node: nil)
        report.node = Snapshot.Node(
            name: node, bootID: "b", firstReport: now - 4000, lastReport: ago(120), vitals: Vitals())
        if chance(3) { report.findings = [] }
        for _ in 0..<Int.random(in: 0..<3, using: &random) { report.findings.append(finding(node)) }
        var known: Set<String> = []
        report.findings = report.findings.reversed().filter { known.insert($0.id).inserted }
        report.observations = [
            Observation(
                check: "NodeDisk", source: "filesystem",
                outcome: pick([.healthy, .finding, .unobserved]), reason: .sourceMissing, since: now, detail: "")
        ]
        if chance(12) { reports.set(nil, of: node) } else { reports.set(report, of: node) }
        changed.insert(.node(node))
    }

    private mutating func finding(_ node: String) -> Finding {
        let namespace = pick(namespaces), pod = podName()
        let object = pick([
            ObjectReference.node(node), ObjectReference(kind: "Pod", name: "", uid: uid(namespace, pod)),
            ObjectReference(kind: "Pod", namespace: namespace, name: pod),
        ])
        let check = pick(["NodeOOM", "NodeDisk", "NodeTaskHung", "DockerHealthStatus", "NodeExt4Error", "CNINotReady"])
        let detection = Detection(
            check: check, rule: "r", reason: "FromAgent", severity: pick([.warning, .danger, .fatal]), object: object,
            subject: pick(["", "app", "sda1"]), message: "Killed process 17 (x)")
        let isState = chance(2)
        return Finding(
            id: detection.key, node: node, detection: detection, first: ago(), last: ago(),
            count: Int.random(in: 1..<5, using: &random), isState: isState, condition: "",
            resolvedAt: isState && chance(4) ? ago() : nil, isDemo: false,
            evidence: [Evidence(source: "kmsg", origin: "b:1", time: now, text: "Killed process 17 (x)")])
    }
}
