import AggregatorClient
import ArgumentParser
import Export
import Findings
import Foundation
import Install
import KubernetesAPI
import Platform
import Wire

/// `ke drill`: a marked line end to end, from a node's log to the report, the Event and the notifications.
struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Send a test line through a node's log and time it to the report, the event and the notifications.",
        discussion:
            "A pod on the node writes one harmless log line. Notifications are sent to the configured sinks, so tell whoever is on call."
    )

    @Option(help: "The node.")
    var node: String

    @Flag(help: "Write to /dev/kmsg, for nodes without journald; the pod is then privileged.")
    var kmsg = false

    @Option(help: "How long to wait for each step.")
    var wait = "1m"

    @OptionGroup var target: RuleTargetOptions

    private static let pods = "/api/v1/namespaces/\(Names.namespace)/pods"

    func run() async throws {
        let client = try target.client()
        let aggregator = try target.aggregatorClient()
        let seconds = try RolloutOptions.seconds(wait, "--wait")
        let mark = String(format: "%08x", UInt32.random(in: 0...UInt32.max))
        let name = "ke-drill-\(mark)"
        let pod = try await pod(name, mark, client)
        _ = try await client.send("POST", Self.pods, body: try JSONBody.encode(pod))
        print("pod \(name) on \(node) writes the line")
        do {
            try await follow(mark, name, aggregator, client, seconds)
        } catch {
            await remove(name, client)
            throw error
        }
        await remove(name, client)
    }

    private func remove(_ name: String, _ client: KubernetesClient) async {
        do throws(APIError) { _ = try await client.send("DELETE", "\(Self.pods)/\(name)?gracePeriodSeconds=0") } catch {
            if error.kind != .notFound { print("pod \(name) could not be deleted: \(error.brief)") }
        }
    }

    /// As the agents run, but for what it mounts.
    private func pod(_ name: String, _ mark: String, _ client: KubernetesClient) async throws -> [String: Any] {
        let path = "/apis/apps/v1/namespaces/\(Names.namespace)/daemonsets/\(Names.agent)"
        let answer: APIResponse
        do throws(APIError) { answer = try await client.get(path) } catch {
            guard error.kind == .notFound else { throw error }
            throw CommandFailure(message: "There are no agents in this cluster; `ke install` installs them.")
        }
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let template = (object?["spec"] as? [String: Any])?["template"] as? [String: Any]
        let agent = template?["spec"] as? [String: Any] ?? [:]
        let container = (agent["containers"] as? [[String: Any]])?.first ?? [:]
        let device = kmsg ? "/dev/kmsg" : "/run/systemd/journal/dev-log"
        var security: [String: Any] = [
            "allowPrivilegeEscalation": kmsg, "privileged": kmsg, "readOnlyRootFilesystem": true,
        ]
        if !kmsg {
            security["runAsNonRoot"] = true
            security["runAsUser"] = 65532
            security["capabilities"] = ["drop": ["ALL"]]
            security["seccompProfile"] = ["type": "RuntimeDefault"]
        }
        var spec: [String: Any] = [
            "nodeName": node, "restartPolicy": "Never", "automountServiceAccountToken": false,
            "enableServiceLinks": false, "tolerations": [["operator": "Exists"]],
            "containers": [
                [
                    "name": "drill", "image": container["image"] ?? Manifests.Settings().image,
                    "command": ["/usr/bin/\(Names.agent)", "drill"],
                    "args": ["--mark=\(mark)"] + (kmsg ? ["--kmsg=/dev/kmsg"] : ["--socket=/run/ke-drill/dev-log"]),
                    "securityContext": security,
                    "resources": ["requests": ["cpu": "10m", "memory": "16Mi"], "limits": ["memory": "64Mi"]],
                    "volumeMounts": [["name": "log", "mountPath": kmsg ? "/dev/kmsg" : "/run/ke-drill/dev-log"]],
                ] as [String: Any]
            ],
            "volumes": [
                [
                    "name": "log", "hostPath": ["path": device, "type": kmsg ? "CharDevice" : "Socket"],
                ] as [String: Any]
            ],
        ]
        if let secrets = agent["imagePullSecrets"] { spec["imagePullSecrets"] = secrets }
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": name, "namespace": Names.namespace,
                "labels": ["app.kubernetes.io/name": "ke-drill", "app.kubernetes.io/part-of": "kubeeye"],
            ] as [String: Any], "spec": spec,
        ]
    }

    // MARK: What arrives

    private func follow(
        _ mark: String, _ name: String, _ aggregator: AggregatorClient, _ client: KubernetesClient, _ seconds: Double
    ) async throws {
        let clock = SystemClock()
        let start = clock.now()
        var row: Finding?
        while row == nil, clock.now().seconds(since: start) < seconds {
            let snapshot = try await aggregator.snapshot(since: start - 60)
            row = snapshot.findings.first {
                $0.node == node && $0.detection.check == Names.drill && $0.detection.subject == mark
            }
            if row == nil { try? await clock.sleep(seconds: 0.2) }
        }
        guard let row else {
            throw CommandFailure(
                message: "No row after \(GoDuration.brief(seconds)): \(await state(of: name, client))")
        }
        print("row      \(Self.span(row.first, clock.now())) after the line")
        var unseen: String?
        let hasEvent = await until(seconds, clock) {
            do throws(APIError) {
                unseen = nil
                return try await self.event(row, client)
            } catch {
                unseen = error.brief
                return false
            }
        }
        if hasEvent {
            print("event    \(Self.span(row.first, clock.now()))")
        } else if let unseen {
            print("event    not observed: \(unseen)")
        } else {
            print("event    none; `ke install --exporters events` switches them on")
        }
        let sinks = try await aggregator.exchange("GET", "v1/deliveries/\(row.id)", as: Deliveries.Answer.self).sinks
        if sinks.isEmpty { print("message  none: no sink is configured (exporters.notifications)") }
        for sink in sinks {
            let path = "v1/deliveries/\(row.id)"
            var unseen: String?
            let isNotified = await until(seconds, clock) {
                do throws(AggregatorFailure) {
                    unseen = nil
                    return try await aggregator.exchange("GET", path, as: Deliveries.Answer.self).notified[sink] != nil
                } catch {
                    unseen = error.reason
                    return false
                }
            }
            let late = "not within \(GoDuration.brief(seconds)); the aggregator's log says why"
            let outcome =
                isNotified ? Self.span(row.first, clock.now()) : unseen.map { "not observed: \($0)" } ?? late
            print("message  \(sink): \(outcome)")
        }
        print("Times compare the node's clock with this machine's. The row disappears from the report by itself.")
    }

    private func until(_ seconds: Double, _ clock: any WallClock, _ body: () async -> Bool) async -> Bool {
        let end = clock.now() + seconds
        while true {
            if await body() { return true }
            if clock.now() >= end { return false }
            try? await clock.sleep(seconds: 0.3)
        }
    }

    private func event(_ row: Finding, _ client: KubernetesClient) async throws(APIError) -> Bool {
        let (namespace, name, _) = EventWriter.event(row)
        do throws(APIError) {
            _ = try await client.get("/api/v1/namespaces/\(namespace)/events/\(name)")
            return true
        } catch {
            if error.kind == .notFound { return false }
            throw error
        }
    }

    private static func span(_ from: Timestamp, _ to: Timestamp) -> String {
        String(format: "%.1f s", max(0, to.seconds(since: from)))
    }

    /// Why the line was not written, or that it was.
    private func state(of name: String, _ client: KubernetesClient) async -> String {
        let document: JSONDocument
        do { document = try JSONDocument(try await client.get("\(Self.pods)/\(name)").body) } catch {
            return (error as? APIError)?.kind == .notFound ? "the pod is gone" : "its pod was not observed: \(error)"
        }
        guard let status = document.root["status"] else { return "its pod has no status" }
        let phase = status["phase"]?.string ?? "?"
        if phase == "Succeeded" {
            return "the line was written; `ke report` says whether the node's agent is reporting"
        }
        let container = Array(status.list("containerStatuses")).first?["state"]
        let words = [
            container?["waiting"]?["message"], container?["waiting"]?["reason"], container?["terminated"]?["message"],
            container?["terminated"]?["reason"], status["message"],
        ]
        let why = words.lazy.compactMap { $0?.string }.first
        return "the pod is \(phase)\(why.map { ": " + TextSafety.printable($0) } ?? "")"
    }
}
