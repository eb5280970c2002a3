import Foundation
import TestSupport
import Testing

@testable import Export
@testable import Findings
@testable import Install
@testable import Wire

extension EndToEndSerialTests {
    /// An installation on a real control plane, with the test in the kubelet's place: it starts the programs with the
    /// tokens, the certificate and the rights that their pods would have.
    @Suite(.serialized, .enabled(if: ControlPlane.isPossible && InstalledCluster.canBeReached)) struct Installation {
        @Test func fromInstallToUninstall() async throws {
            let cluster = try await InstalledCluster()
            defer { cluster.stop() }
            try await cluster.install()
            try await cluster.checkOverlays()
            try await cluster.startAggregator()

            // The roll-out is waited for, and said.
            try await cluster.markPodsReady()
            let ready = try cluster.ke(["install", "--wait", "60s", "--exporters", "events,nodeConditions"])
            #expect(ready.status == 0, "\(ready.output)")
            #expect(ready.output.contains("aggregator ready, agents ready on 2 of 2 nodes"), "\(ready.output)")
            for node in ["n1", "n2"] { #expect(ready.output.contains("agent on \(node): ready"), "\(ready.output)") }

            try await checkRefusals(cluster)
            try await checkFindings(cluster)
            if Machine.runsJournald { try await checkDrill(cluster) }
            try await checkRights(cluster)
            try await checkUninstall(cluster)
        }

        /// What is not the agent of that node is not let in, and counted.
        private func checkRefusals(_ cluster: InstalledCluster) async throws {
            let own = try await cluster.agentToken(node: "n1")
            #expect(try await cluster.hello("n1", token: own).status == 200)
            #expect(try await cluster.hello("n1", token: nil).status == 401)
            let other = try await cluster.hello("n2", token: own)
            #expect(other.status == 403, "\(other.text)")
            #expect(other.text.contains("of node 'n1', the path says 'n2'"), "\(other.text)")
            let wide = try await cluster.plane.token("ke-agent", pod: try await cluster.pod(node: "n1"))
            #expect(try await cluster.hello("n1", token: wide).status == 401, "a token for the API server's audience")
            let loose = try await cluster.plane.token("ke-agent", audiences: ["ke-aggregator"])
            #expect(try await cluster.hello("n1", token: loose).status == 403, "a token of no pod")
            let reader = try await cluster.plane.token("ke-reader", audiences: ["ke-aggregator"])
            let account = try await cluster.hello("n1", token: reader)
            #expect(account.status == 403)
            #expect(account.text.contains("is not system:serviceaccount:ke-system:ke-agent"))
            let expired = try cluster.expiredToken()
            #expect(try await cluster.hello("n1", token: expired).status == 401)

            // No spelling of a path goes around the door.
            for path in [
                "%761/nodes/n2/hello", "v1/nodes/n%31/hello", "/v1/nodes/n1/hello", "v1/nodes/n1/hello/",
                "V1/nodes/n1/hello",
            ] {
                #expect(try await cluster.post(path, token: own).status == 404, "\(path)")
                #expect(try await cluster.post(path, token: nil).status == 404, "\(path)")
            }

            // Readers: the reader's token reads and may not try rules; an agent's does neither.
            let answer = try await cluster.read("v1/report?since=3600", token: reader)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await cluster.read("v1/report?since=3600", token: nil).status == 401)
            #expect(try await cluster.read("v1/report?since=3600", token: own).status == 403)
            #expect(try await cluster.read("v1/rules/canary", method: "DELETE", token: reader).status == 403)
            let editor = try await cluster.plane.token("ke-editor", audiences: ["ke-aggregator"])
            #expect(try await cluster.read("v1/rules/canary", method: "DELETE", token: editor).status == 200)

            // Prometheus shows its own account's token, for which the path /metrics is granted.
            let metrics = try await cluster.metrics()
            for line in [
                "ke_refused_requests_total{reason=\"noToken\"} 2", "ke_refused_requests_total{reason=\"badToken\"} 2",
                "ke_refused_requests_total{reason=\"otherNode\"} 1", "ke_refused_requests_total{reason=\"noNode\"} 1",
                "ke_refused_requests_total{reason=\"otherAccount\"} 1",
                "ke_refused_requests_total{reason=\"notAllowed\"} 2",
            ] { #expect(metrics.contains(line + "\n"), "\(line) in \(metrics)") }
        }

        /// From a line on a node to the report, the Node object and an Event; across a restart; and back.
        private func checkFindings(_ cluster: InstalledCluster) async throws {
            try await cluster.startAgent(node: "n1")
            try cluster.say("rig deadlock: task docker:20744 is stuck")
            func condition() async throws -> [String: Any]? {
                let node = try await cluster.plane.object("/api/v1/nodes/n1")
                let all = (node["status"] as? [String: Any])?["conditions"] as? [[String: Any]] ?? []
                return all.first { $0["type"] as? String == "KernelDeadlock" }
            }
            #expect(
                await eventually(seconds: 60) { (try? await condition()?["status"] as? String) == "True" },
                "\(cluster.logs)")
            let set = try await condition()
            #expect(set?["reason"] as? String == "RigDeadlock")
            #expect((set?["message"] as? String)?.contains("docker:20744") == true)
            func events() async throws -> [[String: Any]] {
                let list = try await cluster.plane.object(
                    "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=n1")
                return (list["items"] as? [[String: Any]] ?? []).filter { $0["reason"] as? String == "RigDeadlock" }
            }
            #expect(await eventually(seconds: 20) { (try? await events().count) == 1 }, "\(cluster.logs)")
            #expect(
                try await events().first?["message"] as? String
                    == "Node condition KernelDeadlock is now: True, reason: RigDeadlock, message: \"rig deadlock: task docker:20744 is stuck\""
            )
            // Node-problem-detector's other conditions are there, and say that all is well.
            let node = try await cluster.plane.object("/api/v1/nodes/n1")
            let all = (node["status"] as? [String: Any])?["conditions"] as? [[String: Any]] ?? []
            let calm = all.first { $0["type"] as? String == "ReadonlyFilesystem" }
            #expect(calm?["status"] as? String == "False")
            #expect(calm?["reason"] as? String == "FilesystemIsNotReadOnly")

            // Through the API server's service proxy, with a token that `ke report` mints.
            let report = try cluster.ke(["report", "-o", "json"])
            #expect(report.status == 0, "\(report.output.suffix(2000))")
            #expect(report.output.contains("RigDeadlock"), "\(report.output.suffix(2000))")
            #expect(report.output.contains("\"linesRead\""), "an agent is heard")
            let why = try cluster.ke(["why", "node", "n1"])
            #expect(why.output.contains("rig deadlock"), "\(why.output)")
            // Our own event is an echo, and no evidence.
            #expect(!report.output.contains("Node condition KernelDeadlock is now"))

            // Killed and started again: nothing is told twice, nothing is forgotten.
            cluster.aggregator?.end(SIGKILL)
            try await cluster.startAggregator()
            #expect(await cluster.exportersComeRound(), "\(cluster.logs)")
            #expect(try await events().count == 1)
            #expect(try await condition()?["lastTransitionTime"] as? String == set?["lastTransitionTime"] as? String)
            try cluster.say("rig deadlock is over")
            #expect(
                await eventually(seconds: 60) { (try? await condition()?["status"] as? String) == "False" },
                "\(cluster.logs)")
            #expect(try await condition()?["reason"] as? String == "KernelHasNoDeadlock")
        }

        /// A drill through a real journald: the row, the event, the message, and nothing left of it.
        private func checkDrill(_ cluster: InstalledCluster) async throws {
            let journald = try Journald()
            #expect(await eventually { journald.isReady() })
            if Image.isThere {
                try await cluster.startPod(node: "n2")
            } else {
                try await cluster.startAgent(node: "n2", rules: nil)
            }
            let kubelet = cluster.actAsKubelet()
            defer { kubelet.cancel() }
            let drill = try await cluster.keInBackground(["drill", "--node", "n2", "--wait", "40s"])
            #expect(drill.status == 0, "\(drill.output) \(cluster.logs)")
            let lines = drill.output.split(separator: "\n").map(String.init)
            for (start, end) in [
                ("row      ", " s after the line"), ("event    ", " s"), ("message  oncall: ", " s"),
            ] {
                let line = try #require(lines.first { $0.hasPrefix(start) }, "no '\(start)' in \(drill.output)")
                #expect(line.hasSuffix(end))
            }
            print(drill.output)
            if Image.isThere { try await checkPodView(cluster) }
            #expect(cluster.messages.contains { $0.contains("\"Drill\"") && $0.contains("nothing is wrong") })
            #expect(try await cluster.pods().allSatisfy { $0.app != "ke-drill" })
            withExtendedLifetime(journald) {}
            let absent = try await cluster.keInBackground(["drill", "--node", "n9", "--wait", "3s"])
            #expect(absent.status == 1, "\(absent.output)")
            #expect(absent.output.contains("No row after 3s"), "\(absent.output)")
        }

        /// What the agent sees from within its pod: the file systems of the host, its gauges, its journal.
        private func checkPodView(_ cluster: InstalledCluster) async throws {
            let reader = try await cluster.plane.token("ke-reader", audiences: ["ke-aggregator"])
            let answer = try await cluster.read("v1/snapshot?since=0", token: reader)
            let snapshot = try JSONDecoder().decode(Snapshot.self, from: Data(answer.text.utf8))
            let own = snapshot.observations.filter { $0.node == "n2" }.map(\.observation)
            #expect(own.count > 20, "\(own)")
            for check in ["NodeMemory", "NodeDisk", "NodePIDExhaustion", "NodeFDExhaustion"] {
                let seen = own.filter { $0.check == check }
                #expect(seen.contains { $0.outcome != .unobserved }, "\(check): \(seen)")
            }
            // Nothing was refused for want of a right that the pod lacks but for what the overlays give.
            let forbidden = own.filter { $0.reason == .forbidden }
            #expect(forbidden.isEmpty, "\(forbidden)")
            let vitals = snapshot.nodes.first { $0.name == "n2" }?.vitals
            #expect((vitals?.residentBytes ?? 0) > 0, "\(String(describing: vitals))")
            #expect((vitals?.residentBytes ?? 0) < 64 << 20, "\(String(describing: vitals))")
            print("agent in its pod: \((vitals?.residentBytes ?? 0) >> 20) MiB, \(own.count) observations")
        }

        /// The aggregator ran with its own account: nothing was refused, and what is granted was used.
        private func checkRights(_ cluster: InstalledCluster) async throws {
            let log = try String(contentsOfFile: cluster.plane.auditLog, encoding: .utf8)
            struct Event: Decodable {
                struct User: Decodable { var username: String }
                struct Object: Decodable {
                    var resource: String?
                    var subresource: String?
                    var apiGroup: String?
                    var namespace: String?
                }
                struct Status: Decodable { var code: Int? }
                var user: User
                var verb: String
                var requestURI: String
                var objectRef: Object?
                var responseStatus: Status?
            }
            var used: Set<String> = []
            for line in log.split(separator: "\n") {
                guard let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8)),
                    event.user.username == "system:serviceaccount:ke-system:ke-aggregator"
                else { continue }
                // Its pod is gone while the test restarts it; a watch that ends so is no refusal.
                #expect(event.responseStatus?.code != 403, "\(event.verb) \(event.requestURI) was refused")
                guard let object = event.objectRef, let resource = object.resource else { continue }
                let name = resource + (object.subresource.map { "/\($0)" } ?? "")
                used.insert("\(event.verb) \(object.apiGroup ?? "") \(name)")
            }
            var granted: Set<String> = []
            var access = AccessRules.defaults
            access.exporters = ["events", "nodeConditions"]
            for rule in access.clusterRules + access.namespaced.flatMap(\.rules) {
                for group in rule.groups {
                    for resource in rule.resources {
                        for verb in rule.verbs { granted.insert("\(verb) \(group) \(resource)") }
                    }
                }
            }
            // Only what this cluster gave no occasion for.
            let idle: Set<String> = [
                "list  componentstatuses",  // newer servers have something better
                "list argoproj.io rollouts", "watch argoproj.io rollouts",  // no Argo here
                "create  configmaps", "patch  configmaps",  // the rules' history, with node-problem-detector's map
                "patch  events",  // the same event again
                "watch policy poddisruptionbudgets",
            ]
            #expect(
                granted.subtracting(used).subtracting(idle).isEmpty, "\(granted.subtracting(used).subtracting(idle))")
        }

        /// The aggregator's program runs as the pod's user from the image's files alone.
        @Test(.enabled(if: Image.isThere)) func theImageRuns() throws {
            let folder = try TemporaryFolder()
            let root = try Image.unpack(into: folder)
            // As a pod has it: /proc, and the pod's user.
            let script =
                "mkdir -p $0/proc && mount --rbind /proc $0/proc && exec chroot --userspec=65532:65532 $0 \"$@\""
            for (arguments, wanted) in [
                (["ke", "--version"], "0.1.0"), (["ke", "images"], "docker.io/kubeeye/kubeeye:0.1.0"),
                (["kubectl-ke", "checks", "explain", "NodeOOM", "--lang", "zh"], "NodeOOM"),
                (["ke-agent", "rules", "list"], "oom-killed-process"),
                (["ke-aggregator", "install", "-o", "yaml"], "kind: DaemonSet"),
            ] {
                let (status, output) = try Child.run(
                    ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, root, "/usr/bin/" + arguments[0]]
                        + arguments.dropFirst())
                #expect(status == 0, "\(arguments): \(output.prefix(500))")
                #expect(output.contains(wanted), "\(arguments): \(output.prefix(500))")
            }
        }

        private func checkUninstall(_ cluster: InstalledCluster) async throws {
            let kubelet = cluster.actAsKubelet()
            defer { kubelet.cancel() }
            let gone = try await cluster.keInBackground(["uninstall", "--yes", "--wait", "90s"])
            #expect(gone.status == 0, "\(gone.output)")
            #expect(gone.output.contains("Everything was removed."), "\(gone.output)")
            for path in [
                "/apis/rbac.authorization.k8s.io/v1/clusterroles",
                "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                "/apis/rbac.authorization.k8s.io/v1/roles", "/apis/rbac.authorization.k8s.io/v1/rolebindings",
                "/api/v1/namespaces", "/api/v1/configmaps", "/api/v1/serviceaccounts",
            ] {
                let list = try await cluster.plane.object(path + "?labelSelector=app.kubernetes.io/part-of=kubeeye")
                #expect((list["items"] as? [Any])?.count == 0, "\(path)")
            }
            let node = try await cluster.plane.object("/api/v1/nodes/n1")
            let types = ((node["status"] as? [String: Any])?["conditions"] as? [[String: Any]] ?? []).map {
                $0["type"] as? String
            }
            #expect(types == ["Ready"], "\(types)")
            // Again: nothing to do is no error.
            #expect(try await cluster.keInBackground(["uninstall", "--yes"]).status == 0)
        }
    }
}
