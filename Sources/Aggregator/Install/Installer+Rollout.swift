import Foundation
import KubernetesAPI
import Platform

extension Installer {
    /// Up to this number, each node has its own lines during the roll-out; beyond it, nodes are counted.
    static let nodesNamedMax = 100
    private static let reasonsMax = 20

    func waitForAggregator(seconds: Double) async throws {
        let path = "/apis/apps/v1/namespaces/\(Names.namespace)/deployments/\(Names.aggregator)"
        let end = clock.now() + seconds
        var isFirst = true
        while clock.now() < end {
            let deployment = try await status(path)
            if deployment.isCurrent, deployment.number("availableReplicas") >= 1 { return }
            if isFirst { say("waiting for the aggregator, which agents need") }
            isFirst = false
            try? await clock.sleep(seconds: 1)
        }
    }

    /// An agent is ready when it reports.
    /// - Returns: whether all that was started is ready.
    package func wait(hasAgent: Bool, seconds: Double) async throws -> Bool {
        let end = clock.now() + seconds
        let apps = "/apis/apps/v1/namespaces/\(Names.namespace)"
        var last = ""
        var printed: [String: String] = [:], hints: Set<String> = []
        while true {
            let deployment = try await status("\(apps)/deployments/\(Names.aggregator)")
            let isUp = deployment.isCurrent && deployment.number("availableReplicas") >= 1
            var line = "aggregator \(isUp ? "ready" : "not ready")"
            var isDone = isUp
            if hasAgent {
                let set = try await status("\(apps)/daemonsets/\(Names.agent)")
                let wanted = set.number("desiredNumberScheduled")
                let ready = min(set.number("numberReady"), set.number("updatedNumberScheduled"))
                line += ", agents ready on \(ready) of \(wanted) nodes"
                isDone = isDone && set.isCurrent && ready >= wanted
                if wanted <= Self.nodesNamedMax {
                    for pod in try await pods("app.kubernetes.io/name=\(Names.agent)")
                    where printed[pod.name] != pod.words {
                        printed[pod.name] = pod.words
                        say("  agent on \(pod.node): \(pod.words)")
                        if let hint = pod.hint, hints.insert(hint).inserted { say(hint) }
                    }
                }
            }
            if line != last { say(line) }
            last = line
            if isDone { return true }
            if clock.now() >= end { break }
            try? await clock.sleep(seconds: 1)
        }
        let waiting = try await pods(nil).filter { !$0.isReady }
        for pod in waiting.prefix(Self.reasonsMax) { say("\(pod.name) on \(pod.node): \(pod.words)") }
        for pod in waiting { if let hint = pod.hint, hints.insert(hint).inserted { say(hint) } }
        return false
    }

    private struct Status {
        var object: [String: Any]
        private var status: [String: Any] { object["status"] as? [String: Any] ?? [:] }
        func number(_ key: String) -> Int { status[key] as? Int ?? 0 }
        /// The controller has seen the newest version.
        var isCurrent: Bool {
            let metadata = object["metadata"] as? [String: Any] ?? [:]
            return (status["observedGeneration"] as? Int ?? 0) >= (metadata["generation"] as? Int ?? 1)
        }
    }

    private func status(_ path: String) async throws -> Status {
        let answer = try await client.get(path)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return Status(object: object ?? [:])
    }

    /// Pods of the namespace by node, the first page.
    private func pods(_ selector: String?) async throws -> [RolloutPod] {
        let query = selector.map { "&labelSelector=\($0.urlEscaped)" } ?? ""
        let answer = try await client.get("/api/v1/namespaces/\(Names.namespace)/pods?limit=500\(query)")
        let document = try JSONDocument(answer.body)
        return document.root.list("items").map { RolloutPod($0) }.sorted { ($0.node, $0.name) < ($1.node, $1.name) }
    }
}

/// One pod of the roll-out: whether it is ready, and else why not, as its status has it.
struct RolloutPod: Equatable {
    let name: String
    let node: String
    let isReady: Bool
    let words: String

    /// What helps, where that is known.
    var hint: String? {
        guard words.contains("not a shared or slave mount") || words.contains("not a shared mount") else { return nil }
        return """
              hint: mounts of this node's / are not shared. Run `mount --make-rshared /` on it, or install with
                    `--set \(Manifests.mountPropagationKey)=None`, which does not see file systems mounted later
            """
    }

    init(_ pod: JSONValue) {
        name = pod["metadata"]?["name"]?.string ?? "?"
        node = pod["spec"]?["nodeName"]?.string ?? "no node"
        let status = pod["status"]
        let conditions = status.map { Array($0.list("conditions")) } ?? []
        func condition(_ type: String, _ wanted: String) -> JSONValue? {
            conditions.first { $0["type"]?.string == type && $0["status"]?.string == wanted }
        }
        isReady = condition("Ready", "True") != nil
        let waiting = status.flatMap { Array($0.list("containerStatuses")).first?["state"]?["waiting"] }
        let reasons = [
            waiting?["message"], waiting?["reason"], condition("PodScheduled", "False")?["message"], status?["phase"],
        ]
        words = isReady ? "ready" : TextSafety.printable(reasons.lazy.compactMap { $0?.string }.first ?? "?")
    }
}
