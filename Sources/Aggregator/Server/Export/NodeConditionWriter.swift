import Documents
package import Findings
import Foundation
package import KubernetesAPI
package import Platform
import Watch
import Wire

/// Conditions of Node objects, under node-problem-detector's names, so that what drains or repairs nodes by its
/// conditions works with ours (k8s.io/api/core/v1 `NodeCondition`).
///
/// Off unless asked for, because others act on it. One type of one writer: a condition that somebody else's field
/// manager holds is left alone. A node whose agent is silent keeps what was last known, with an old heartbeat.
package actor NodeConditionWriter: Exporter {
    package nonisolated let id = "nodeConditions"
    package nonisolated let periodSeconds = 1.0
    package nonisolated let needsReport = false

    static let manager = Names.aggregator
    static let heartbeatSeconds = 300.0
    /// After a patch that failed.
    static let retrySeconds = 10.0
    /// Conditions of a node whose agent has not reported for longer are not written.
    static let reportingSeconds = 120.0
    /// Newly bad nodes within this are counted against the storm's limit.
    static let stormSeconds = 600.0
    /// Patches of one round; the rest waits for the next second.
    static let patchesMax = 30
    /// Conditions of Kubernetes itself.
    static let reserved: Set<String> = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"]

    /// Types that node-problem-detector shows from the start, with what it says when all is well.
    static let standard: [(type: String, reason: String, message: String)] = [
        ("KernelDeadlock", "KernelHasNoDeadlock", "kernel has no deadlock"),
        ("ReadonlyFilesystem", "FilesystemIsNotReadOnly", "Filesystem is not read-only"),
        ("CorruptDockerOverlay2", "NoCorruptDockerOverlay2", "docker overlay2 is functioning properly"),
        ("FrequentKubeletRestart", "NoFrequentKubeletRestart", "kubelet is functioning properly"),
        ("FrequentDockerRestart", "NoFrequentDockerRestart", "docker is functioning properly"),
        ("FrequentContainerdRestart", "NoFrequentContainerdRestart", "containerd is functioning properly"),
        ("FrequentUnregisterNetDevice", "NoFrequentUnregisterNetDevice", "node is functioning properly"),
    ]

    package struct Condition: Equatable, Sendable {
        package var type: String
        package var isBad: Bool
        package var reason: String
        package var message: String
        package var since: Timestamp
    }

    private struct NodeState {
        /// What the Node object holds of ours; nil: not read yet.
        var written: [String: Condition]?
        /// Types that somebody else writes.
        var foreign: Set<String> = []
        var nextHeartbeat = Timestamp(microseconds: 0)
        var retryAt = Timestamp(microseconds: 0)
    }

    private let client: KubernetesClient
    private let random: @Sendable () -> Double
    private var nodes: [String: NodeState] = [:]
    package private(set) var hasMore = false
    /// Nodes that turned bad lately.
    private var turned: [(node: String, at: Timestamp)] = []
    /// For the report: nodes whose condition is held back.
    private let storm: @Sendable (String?) -> Void

    /// - Parameters:
    ///   - random: from 0 to 1, for the heartbeats' jitter.
    ///   - storm: takes the sentence of a condition storm, or nil when there is none.
    package init(
        client: KubernetesClient, random: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        storm: @escaping @Sendable (String?) -> Void
    ) {
        self.client = client
        self.random = random
        self.storm = storm
    }

    /// What a node's conditions are by its findings: the standard ones always, others from the first time they were set
    /// until a day after they ended.
    package static func conditions(_ findings: [Finding], firstReport: Timestamp) -> [Condition] {
        var byType: [String: Condition] = [:]
        for standard in standard {
            byType[standard.type] = Condition(
                type: standard.type, isBad: false, reason: standard.reason, message: standard.message,
                since: firstReport
            )
        }
        for finding in findings where !finding.condition.isEmpty && !reserved.contains(finding.condition) {
            let type = finding.condition
            let calm = standard.first { $0.type == type }
            if let ended = finding.resolvedAt {
                if byType[type]?.isBad == true { continue }
                byType[type] = Condition(
                    type: type, isBad: false, reason: calm?.reason ?? "No\(type)",
                    message: calm?.message ?? "\(type) ended", since: max(ended, byType[type]?.since ?? ended))
            } else {
                // Of several causes the first one to set it is named, until it ends.
                if let known = byType[type], known.isBad, known.since <= finding.first { continue }
                byType[type] = Condition(
                    type: type, isBad: true, reason: TextSafety.cut(finding.detection.reason, bytesMax: 128),
                    message: TextSafety.cut(TextSafety.printable(finding.shownMessage), bytesMax: 1024),
                    since: finding.first)
            }
        }
        return byType.values.sorted { $0.type < $1.type }
    }

    package func export(_ picture: ExportPicture) async -> [String] {
        let now = picture.now
        let byNode = Dictionary(grouping: picture.snapshot.findings.filter { !$0.condition.isEmpty }, by: \.node)
        turned.removeAll { now.seconds(since: $0.at) > Self.stormSeconds }
        var problems: [String] = []
        var heldBack: Set<String> = []
        var patches = 0
        // Changes first; heartbeats may wait a second longer.
        for isHeartbeat in [false, true] {
            for node in picture.snapshot.nodes where now.seconds(since: node.lastReport) < Self.reportingSeconds {
                guard patches < Self.patchesMax else { break }
                var state = nodes[node.name] ?? NodeState()
                if now < state.retryAt { continue }
                if state.written == nil {
                    patches += 1
                    do throws(APIError) { try await read(node.name, &state, now) } catch {
                        problems.append("\(node.name): \(error.brief)")
                        state.retryAt = now + Self.retrySeconds
                        nodes[node.name] = state
                        continue
                    }
                }
                let wanted = Self.conditions(byNode[node.name] ?? [], firstReport: node.firstReport)
                    .filter { !state.foreign.contains($0.type) }
                var changes = wanted.filter { state.written?[$0.type]?.isSame(as: $0) != true }
                let worse = changes.filter { $0.isBad && state.written?[$0.type]?.isBad != true }
                if !worse.isEmpty, !mayTurn(node.name, of: picture.snapshot.nodes.count, now) {
                    heldBack.insert(node.name)
                    changes.removeAll { change in worse.contains { $0.type == change.type } }
                }
                let isDue = isHeartbeat && now >= state.nextHeartbeat
                nodes[node.name] = state
                guard !changes.isEmpty || isDue else { continue }
                patches += 1
                // A heartbeat never carries a change that is held back.
                let steady = wanted.filter { state.written?[$0.type]?.isSame(as: $0) == true }
                let sent = isDue ? changes + steady : changes
                do throws(APIError) {
                    try await patch(node.name, sent, now)
                    for condition in sent { state.written?[condition.type] = condition }
                    if !changes.filter(\.isBad).isEmpty, !worse.isEmpty { turned.append((node.name, now)) }
                    if isDue { state.nextHeartbeat = now + Self.heartbeatSeconds * (0.8 + 0.4 * random()) }
                } catch {
                    // A node that is gone from the API needs no conditions.
                    if error.kind != .notFound { problems.append("\(node.name): \(error.brief)") }
                    state.retryAt = now + (error.kind == .notFound ? Self.heartbeatSeconds : Self.retrySeconds)
                }
                nodes[node.name] = state
            }
        }
        hasMore = patches >= Self.patchesMax
        storm(
            heldBack.isEmpty
                ? nil
                : "\(counted(heldBack.count, "more node")) turned bad within 10 min; their conditions are held back: \(heldBack.sorted().prefix(5).joined(separator: ", "))"
        )
        return problems
    }

    /// At most max(3, 10 %) of the nodes may turn bad within ten minutes: what drains nodes by our conditions must not
    /// empty a cluster.
    private func mayTurn(_ node: String, of count: Int, _ now: Timestamp) -> Bool {
        let lately = Set(turned.map(\.node))
        return lately.contains(node) || lately.count < max(3, count / 10)
    }

    private static func path(_ node: String) -> String { "/api/v1/nodes/\(node.urlEscaped)" }

    /// What the Node object holds, and who wrote it (managedFields).
    private func read(_ node: String, _ state: inout NodeState, _ now: Timestamp) async throws(APIError) {
        let answer = try await client.get(Self.path(node))
        guard let root = (try? JSONDocument(answer.body))?.root else {
            throw APIError(.malformed, "the node cannot be read", request: "GET \(Self.path(node))")
        }
        let writers = Self.writers(root)
        var written: [String: Condition] = [:]
        for condition in root["status"].map({ Array($0.list("conditions")) }) ?? [] {
            guard let type = condition["type"]?.string, writers[type]?.contains(Self.manager) == true else { continue }
            let since = condition["lastTransitionTime"].flatMap { KubernetesTime.parse($0) } ?? now
            let isBad = condition["status"]?.string == "True"
            written[type] = Condition(
                type: type, isBad: isBad, reason: condition["reason"]?.string ?? "",
                message: condition["message"]?.string ?? "", since: since)
            // Before a restart this was counted; it still is.
            if isBad, now.seconds(since: since) < Self.stormSeconds { turned.append((node, since)) }
        }
        state.written = written
        state.foreign = Set(writers.filter { !$0.value.subtracting([Self.manager]).isEmpty }.keys)
        state.nextHeartbeat = now + Self.heartbeatSeconds * random()
    }

    /// Condition types with the field managers that hold them.
    private static func writers(_ node: JSONValue) -> [String: Set<String>] {
        var writers: [String: Set<String>] = [:]
        for entry in node["metadata"].map({ Array($0.list("managedFields")) }) ?? [] {
            guard let manager = entry["manager"]?.string,
                let fields = entry["fieldsV1"]?["f:status"]?["f:conditions"]
            else { continue }
            for (key, _) in fields.members {
                // k:{"type":"KernelDeadlock"}
                guard key.hasPrefix("k:"), let data = String(key.dropFirst(2)).data(using: .utf8),
                    let type = (try? JSONDecoder().decode([String: String].self, from: data))?["type"]
                else { continue }
                writers[type, default: []].insert(manager)
            }
        }
        return writers
    }

    private func patch(_ node: String, _ conditions: [Condition], _ now: Timestamp) async throws(APIError) {
        let list = conditions.map { condition in
            [
                "type": condition.type, "status": condition.isBad ? "True" : "False", "reason": condition.reason,
                "message": condition.message, "lastHeartbeatTime": now.utcRFC3339,
                "lastTransitionTime": condition.since.utcRFC3339,
            ]
        }
        try await Self.send(client, node, list)
    }

    private static func send(
        _ client: KubernetesClient, _ node: String, _ conditions: [[String: String]]
    ) async throws(APIError) {
        _ = try await client.send(
            "PATCH", "\(path(node))/status?fieldManager=\(manager)",
            body: try JSONBody.encode(["status": ["conditions": conditions]]),
            contentType: "application/strategic-merge-patch+json")
    }

    /// Removes all conditions of ours.
    /// - Returns: of how many nodes.
    package static func removeAll(_ client: KubernetesClient) async throws(APIError) -> Int {
        var token = ""
        var count = 0
        repeat {
            let answer = try await client.get(
                "/api/v1/nodes?limit=250\(token.isEmpty ? "" : "&continue=\(token.urlEscaped)")")
            guard let root = (try? JSONDocument(answer.body))?.root else {
                throw APIError(.malformed, "the list of nodes cannot be read", request: "GET /api/v1/nodes")
            }
            for node in root.list("items") {
                let types = writers(node).filter { $0.value.contains(manager) }.keys.sorted()
                guard !types.isEmpty, let name = node["metadata"]?["name"]?.string else { continue }
                try await send(client, name, types.map { ["$patch": "delete", "type": $0] })
                count += 1
            }
            token = root["metadata"]?["continue"]?.string ?? ""
        } while !token.isEmpty
        return count
    }
}

extension NodeConditionWriter.Condition {
    /// Its message or the time of its beginning alone are no news.
    func isSame(as other: Self) -> Bool { isBad == other.isBad && reason == other.reason }
}

extension NodeConditionWriter {
    static let entry = ExporterEntry(
        id: "nodeConditions",
        rights: [
            AccessRule(groups: [""], resources: ["nodes/status"], verbs: ["patch"], why: "exporter nodeConditions"),
            AccessRule(groups: [""], resources: ["nodes"], verbs: ["get"], why: "whose conditions a node has"),
        ],
        cleanUp: { client in
            let count = try await removeAll(client)
            return count > 0 ? "Conditions of \(counted(count, "node"))  deleted" : nil
        },
        plan: { reader in
            guard reader.flag("nodeConditions") == true else { return nil }
            return ExporterPlan { environment in
                guard let client = environment.client else { return [] }
                return [NodeConditionWriter(client: client) { environment.cluster?.setConditionStorm($0) }]
            }
        })
}
