import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Report
@testable import Wire

extension EndToEndSerialTests {
    /// An agent on this machine as a node, an aggregator that watches a real API server, and what both know as one.
    @Suite(.serialized, .enabled(if: ControlPlane.isPossible && Machine.writesKmsg)) struct BothSides {
        private func start(_ plane: ControlPlane, config: String = "") async throws -> Rig {
            let rig = try Rig(agentArguments: ["--rules", Rig.shippedRules, "--kernel-log", "kmsg"])
            rig.aggregatorArguments = ["--kubeconfig", plane.kubeconfig]
            if !config.isEmpty {
                rig.aggregatorArguments += ["--config", try plane.folder.write(config, to: "config.yaml")]
            }
            try await rig.start()
            #expect(await eventually { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
            return rig
        }

        private func report(_ rig: Rig, _ arguments: [String] = []) throws -> Report {
            let (status, output) = try rig.report(["-o", "json", "--severity", "info"] + arguments)
            guard status == 0, let start = output.firstIndex(of: "{") else {
                throw ControlPlane.Failure(description: output + rig.logs)
            }
            return try JSONDecoder().decode(Report.self, from: Data(output[start...].utf8))
        }

        private func say(_ line: String) throws {
            let handle = try #require(FileHandle(forWritingAtPath: "/dev/kmsg"))
            try handle.write(contentsOf: Data("<3>\(line)\n".utf8))
            try handle.close()
        }

        @Test func aKernelLineAnEventAndAStatusAreOneRow() async throws {
            let uid = UUID().uuidString.lowercased()
            let container = String(repeating: "4f3a9c0d", count: 8)
            let plane = try ControlPlane()
            let rig = try await start(plane)
            try await ClusterScript.create(
                [
                    ClusterScript.node("rig"),
                    """
                    kind: Namespace
                    metadata: { name: shop }
                    ---
                    kind: Deployment
                    metadata: { name: web, namespace: shop }
                    spec: { replicas: 1, selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: app, image: x }] } } }
                    """,
                ].joined(separator: "\n---\n"), in: plane)
            // Only the kubelet knows a pod's UID before the API does; here it is the other way round.
            try await ClusterScript.create(
                """
                kind: Pod
                metadata: { name: web-7d9f-x1, namespace: shop, labels: { app: web, pod-template-hash: 7d9f }, ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web-7d9f, uid: \(uid), controller: true }] }
                spec: { nodeName: rig, containers: [{ name: app, image: x }, { name: side, image: x }] }
                """, in: plane)
            let made =
                try JSONSerialization.jsonObject(
                    with: Data(try await plane.send("GET", "/api/v1/namespaces/shop/pods/web-7d9f-x1").utf8))
                as? [String: Any]
            let podUID = try #require((made?["metadata"] as? [String: Any])?["uid"] as? String)
            let begun = Timestamp.now()
            let pid = try MemoryHog.kill(cgroup: "kubepods/burstable/pod\(podUID)/\(container)")
            let now = Timestamp.now().utcRFC3339
            try await plane.send(
                "PATCH", "/api/v1/namespaces/shop/pods/web-7d9f-x1/status",
                """
                {"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[
                  {"name":"app","image":"x","imageID":"","ready":true,"restartCount":1,"containerID":"containerd://\(container)","state":{"running":{"startedAt":"\(now)"}},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","startedAt":"\(begun.utcRFC3339)","finishedAt":"\(now)","containerID":"containerd://\(container)"}}},
                  {"name":"side","image":"x","imageID":"","ready":true,"restartCount":0,"containerID":"containerd://9999","state":{"running":{"startedAt":"\(now)"}}}]}}
                """, type: "application/merge-patch+json")
            try await ClusterScript.create(
                """
                kind: Event
                metadata: { name: rig.oom1, namespace: default }
                involvedObject: { kind: Node, name: rig }
                reason: SystemOOM
                type: Warning
                message: 'System OOM encountered, victim process: python3, pid: \(pid)'
                firstTimestamp: '\(now)'
                lastTimestamp: '\(now)'
                source: { component: kubelet, host: rig }
                """, in: plane)
            func mine(_ report: Report) -> [Report.Item] {
                report.findings.filter { item in item.message.contains("\(pid)") || item.object.uid == podUID }
            }
            let isOne = try await eventually(seconds: 20) {
                let found = mine(try report(rig)).filter { $0.rule != "cgroup-counters" }
                return found.count == 1 && found[0].evidence.count >= 3
            }
            let whole = try report(rig)
            #expect(isOne, "\(mine(whole))")
            let finding = try #require(mine(whole).first { $0.check == "NodeOOM" })
            #expect(finding.object.name == "web-7d9f-x1")
            #expect(finding.object.namespace == "shop")
            #expect(finding.object.uid == podUID)
            #expect(finding.owner == "Deployment shop/web")
            #expect(finding.subject == "app")
            #expect(finding.node == "rig")
            #expect(finding.also.contains("PodOOMKilled"))
            #expect(Set(finding.evidence.map(\.source)).isSuperset(of: ["kmsg", "event", "pod"]))
            let rows = whole.tables.events.filter { $0.findingId == finding.id }
            #expect(rows.count == 1)
            #expect(rows.first?.podName == "rig.oom1")
            let text = try await rig.report(holding: "rig.oom1")
            let lines = text.split(separator: "\n").filter { $0.contains("rig.oom1") }
            try #require(lines.count == 1, "\(text)")
            #expect(lines[0].contains("shop/web-7d9f-x1"), "\(text)")
            #expect(lines[0].contains("Deployment web"), "\(text)")
        }

        @Test func aSickNodeAndItsKernelLineAreOneIncident() async throws {
            let plane = try ControlPlane()
            // A node that was made a moment ago is no alarm, so this one's severity is set.
            let rig = try await start(plane, config: "checks: { DockerHealthStatus: fatal }")
            try await ClusterScript.create(
                [
                    ClusterScript.node(
                        "rig", ready: "False", reason: "KubeletNotReady", message: "container runtime is down"),
                    ClusterScript.node("other"),
                    """
                    kind: Event
                    metadata: { name: rig.gc1, namespace: default }
                    involvedObject: { kind: Node, name: rig }
                    reason: ContainerGCFailed
                    type: Warning
                    message: 'rpc error: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.'
                    lastTimestamp: '@-1s'
                    source: { component: kubelet, host: rig }
                    ---
                    kind: Pod
                    metadata: { name: web, namespace: default }
                    spec: { nodeName: rig, containers: [{ name: app, image: x }] }
                    status: { phase: Running, conditions: [{ type: Ready, status: 'False', lastTransitionTime: '@-20m' }] }
                    """,
                ].joined(separator: "\n---\n"), in: plane)
            let marker = Int.random(in: 100_000...999_999)
            try say("INFO: task dockerd:\(marker) blocked for more than 120 seconds.")
            let isThere = try await eventually(seconds: 20) {
                let made = try report(rig)
                return made.findings.contains { $0.message.contains("\(marker)") }
                    && made.findings.contains { $0.check == "DockerHealthStatus" }
            }
            let made = try report(rig)
            #expect(isThere, "\(made.findings.map(\.message)) \(rig.logs)")
            let docker = try #require(made.findings.first { $0.check == "DockerHealthStatus" })
            let hung = try #require(
                made.findings.first { $0.check == "NodeDockerHung" && $0.message.contains("\(marker)") })
            #expect(docker.severity == .fatal)
            #expect(docker.also == ["KubeletHealthStatus"])
            #expect(docker.evidence.contains { $0.source == "event" })
            // The event is evidence of the node's row and has its own row as well, with the same finding.
            #expect(made.tables.events.first { $0.podName == "rig.gc1" }?.findingId == docker.id)
            let incident = try #require(made.incidents.first { $0.findings.contains(docker.id) })
            #expect(incident.findings.contains(hung.id), "\(made.incidents)")
            #expect(incident.object == "node/rig")
            #expect(incident.severity == .fatal)
            #expect(incident.pods == 1)
            #expect(incident.lost.isEmpty == false)
            // One time line has both sides, and says what it could not read.
            let (status, why) = try Child.run([
                Products.aggregator, "why", "node", "rig", "--kubeconfig",
                plane.kubeconfig, "--aggregator",
                "http://127.0.0.1:\(rig.readPort)",
            ])
            #expect(status == 0)
            for words in [
                "node/rig  Ready False", "\(marker)", "container runtime is down", "ContainerGCFailed",
                "joined the cluster", "CAUSE", "RADIUS", "1 pod",
            ] {
                #expect(why.contains(words), "no '\(words)' in:\n\(why)")
            }
        }

        @Test func anAgentOfASilentNodeContradictsOrConfirms() async throws {
            let plane = try ControlPlane()
            let rig = try await start(plane)
            try await ClusterScript.create(
                [
                    ClusterScript.node(
                        "rig", ready: "Unknown", reason: "NodeStatusUnknown",
                        message: "Kubelet stopped posting node status."),
                    ClusterScript.node("alone"),
                ].joined(separator: "\n---\n"), in: plane)
            let isContradicted = try await eventually(seconds: 20) {
                try report(rig).findings.contains {
                    $0.node == "rig" && $0.message.contains("node reachable, kubelet is not")
                }
            }
            let made = try report(rig)
            #expect(isContradicted, "\(made.findings.map(\.message))")
            #expect(made.unobserved.contains { $0.reason == .noAgent && $0.scope == "alone" })
            #expect(made.cluster.nodes == 2)
            #expect(made.nodes.map(\.name) == ["rig"])
            // Nothing more is asked of the API server for a report.
            #expect(made.cluster.scanned != nil)
        }
    }
}
