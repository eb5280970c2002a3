import Auth
import ClusterIndex
import Documents
package import Findings
import Foundation
package import KubernetesAPI
package import Platform
import Watch
import Wire

/// Kubernetes Events about nodes and pods (k8s.io/api/core/v1 `Event`), as node-problem-detector and the kubelet
/// write them.
///
/// An event's name is made of its finding, so that a restart writes no second one. Limits are per node and reason: a
/// burst of 25, then one each five minutes; a condition's change is never dropped.
package actor EventWriter: Exporter {
    package nonisolated let id = "events"
    package nonisolated let periodSeconds = 1.0
    package nonisolated let needsReport = false

    static let component = EventRecord.ownComponent
    static let burst = 25.0
    static let refillSeconds = 300.0
    static let reasonBytesMax = 128
    static let noteBytesMax = 1024
    /// Events of one round; the rest waits for the next second.
    static let eventsMax = 40
    /// After a start, what is older was sent before.
    static let lookbackSeconds = 600.0
    /// Findings below this need nobody's attention.
    static let leastSeverity = Severity.warning

    private struct Sent {
        var count: Int
        var isResolved: Bool
    }

    private let client: KubernetesClient
    private let startedAt: Timestamp
    private var recorded: [String: Sent] = [:]
    private var buckets: [String: TokenBucket] = [:]
    private(set) var limited = 0
    package private(set) var hasMore = false

    package init(client: KubernetesClient, startedAt: Timestamp) {
        self.client = client
        self.startedAt = startedAt
    }

    package func export(_ picture: ExportPicture) async -> [String] {
        var problems: [String] = []
        var sent = 0
        let live = Set(picture.snapshot.findings.map(\.id))
        recorded = recorded.filter { live.contains($0.key) }
        // A line that sets a condition is sent as the condition's change, and not once more.
        let changes = Set(picture.snapshot.findings.filter { !$0.condition.isEmpty }.map(Self.rule))
        let news = picture.snapshot.findings.filter { finding in
            finding.detection.severity >= Self.leastSeverity && isNews(finding)
                && (!finding.condition.isEmpty || !changes.contains(Self.rule(finding)))
        }
        for finding in news.sorted(by: { ($0.last, $0.id) < ($1.last, $1.id) }) {
            guard sent < Self.eventsMax else { break }
            let isChange = !finding.condition.isEmpty
            guard isChange || maySend(finding, picture.now) else {
                limited += 1
                continue
            }
            sent += 1
            do throws(APIError) {
                try await send(finding)
                recorded[finding.id] = Sent(count: finding.count, isResolved: finding.resolvedAt != nil)
            } catch {
                problems.append("\(finding.node): \(error.brief)")
                // A server that refuses one now refuses the next.
                if error.kind != .notFound { break }
                recorded[finding.id] = Sent(count: finding.count, isResolved: finding.resolvedAt != nil)
            }
        }
        hasMore = sent >= Self.eventsMax
        return problems
    }

    private static func rule(_ finding: Finding) -> String { "\(finding.node)\n\(finding.detection.rule)" }

    private func isNews(_ finding: Finding) -> Bool {
        let isResolved = finding.resolvedAt != nil
        if let known = recorded[finding.id] {
            // A state is sent when it begins and, of a condition, when it ends; its repetitions are heartbeats.
            if finding.isState { return isResolved != known.isResolved && (!isResolved || !finding.condition.isEmpty) }
            return finding.count > known.count
        }
        if isResolved { return false }
        return max(finding.first, finding.isState ? finding.first : finding.last) >= startedAt - Self.lookbackSeconds
    }

    private func maySend(_ finding: Finding, _ now: Timestamp) -> Bool {
        let key = "\(finding.node)\n\(finding.detection.reason)"
        let wait = buckets[key, default: TokenBucket(full: Self.burst, at: now)]
            .take(burst: Self.burst, perSecond: 1 / Self.refillSeconds, at: now)
        if buckets.count > 50_000 { buckets = buckets.filter { !$0.value.isIdle(for: 3600, at: now) } }
        return wait == nil
    }

    /// What an event says, and of what.
    package static func event(_ finding: Finding) -> (namespace: String, name: String, body: [String: Any]) {
        let detection = finding.detection
        let isResolved = finding.resolvedAt != nil
        var involved: [String: Any] = [
            "apiVersion": "v1", "kind": "Node", "name": finding.node, "uid": finding.node,
        ]
        var namespace = "default"
        if detection.object.kind == "Pod", !detection.object.namespace.isEmpty, !detection.object.name.isEmpty {
            namespace = detection.object.namespace
            involved = [
                "apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": detection.object.name,
                "uid": detection.object.uid,
            ]
            if !detection.subject.isEmpty { involved["fieldPath"] = "spec.containers{\(detection.subject)}" }
        }
        let message = TextSafety.printable(finding.shownMessage)
        let note =
            finding.condition.isEmpty
            ? message
            : "Node condition \(finding.condition) is now: \(isResolved ? "False" : "True"), reason: \(detection.reason), message: \"\(message)\""
        let owner = involved["name"] as? String ?? finding.node
        let name = "\(owner.prefix(200)).ke\(finding.id)\(isResolved ? "-ended" : "")"
        let last = (finding.resolvedAt ?? finding.last).utcRFC3339
        let body: [String: Any] = [
            "apiVersion": "v1", "kind": "Event", "metadata": ["name": name, "namespace": namespace],
            "involvedObject": involved, "type": isResolved ? "Normal" : "Warning",
            "reason": TextSafety.cut(detection.reason, bytesMax: reasonBytesMax),
            "message": TextSafety.cut(note, bytesMax: noteBytesMax),
            "source": ["component": component, "host": finding.node],
            "firstTimestamp": (isResolved ? finding.resolvedAt ?? finding.last : finding.first).utcRFC3339,
            "lastTimestamp": last, "count": finding.count,
            "reportingComponent": component, "reportingInstance": finding.node,
        ]
        return (namespace, name, body)
    }

    private func send(_ finding: Finding) async throws(APIError) {
        let (namespace, name, body) = Self.event(finding)
        let list = "/api/v1/namespaces/\(namespace.urlEscaped)/events"
        do throws(APIError) {
            _ = try await client.send("POST", list, body: try JSONBody.encode(body))
        } catch {
            guard error.kind == .conflict else { throw error }
            // It is there already: of an earlier life of ours, or of an earlier count.
            let change = ["count": finding.count, "lastTimestamp": finding.last.utcRFC3339, "message": body["message"]]
            _ = try await client.send(
                "PATCH", "\(list)/\(name.urlEscaped)", body: try JSONBody.encode(change.compactMapValues { $0 }),
                contentType: "application/merge-patch+json")
        }
    }
}

extension EventWriter {
    static let entry = ExporterEntry(
        id: "events", isDefault: true,
        rights: [AccessRule(groups: [""], resources: ["events"], verbs: ["create", "patch"], why: "exporter events")]
    ) { reader in
        guard reader.flag("events") == true else { return nil }
        return ExporterPlan { environment in
            guard let client = environment.client else { return [] }
            return [EventWriter(client: client, startedAt: environment.clock.now())]
        }
    }
}
