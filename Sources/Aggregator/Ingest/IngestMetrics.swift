import Shared
import Synchronization

/// What the aggregator counts about itself, in Prometheus' text format
/// (prometheus.io/docs/instrumenting/exposition_formats).
final class IngestMetrics: Sendable {
    struct Counts: Sendable {
        var batches: [String: Int] = [:]
        var findings = 0
        var bytes = 0
        var storeErrors = 0
    }

    private let counts = Mutex(Counts())

    func batch(_ result: String, findings: Int = 0, bytes: Int = 0) {
        counts.withLock { counts in
            counts.batches[result, default: 0] += 1
            counts.findings += findings
            counts.bytes += bytes
        }
    }

    func storeError() { counts.withLock { $0.storeErrors += 1 } }

    func text(_ snapshot: Snapshot?, isStoreUp: Bool) -> String {
        let counts = counts.withLock { $0 }
        var lines: [String] = []
        func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: String)]) {
            lines.append("# HELP \(name) \(help)")
            lines.append("# TYPE \(name) \(type)")
            for sample in samples {
                lines.append("\(name)\(sample.labels.isEmpty ? "" : "{\(sample.labels)}") \(sample.value)")
            }
        }
        family(
            "ke_ingest_batches_total", "counter", "Batches by what became of them.",
            ["applied", "conflict", "refused", "failed"].map { ("result=\"\($0)\"", String(counts.batches[$0] ?? 0)) })
        family("ke_ingest_findings_total", "counter", "Findings in committed batches.", [("", String(counts.findings))])
        family("ke_ingest_received_bytes_total", "counter", "Bytes of committed batches.", [("", String(counts.bytes))])
        family(
            "ke_store_errors_total", "counter", "Requests that the store could not serve.",
            [("", String(counts.storeErrors))])
        family("ke_store_up", "gauge", "1 when the store can be written.", [("", isStoreUp ? "1" : "0")])
        if let snapshot {
            family("ke_nodes", "gauge", "Nodes whose agent was ever heard.", [("", String(snapshot.nodes.count))])
            family(
                "ke_node_last_heard_timestamp_seconds", "gauge", "When the node's agent was last heard.",
                snapshot.nodes.map {
                    ("node=\"\(Self.escape($0.name))\"", String(Double($0.lastHeard.microseconds) / 1e6))
                })
            let bySeverity = Dictionary(
                grouping: snapshot.findings.filter { $0.resolvedAt == nil }, by: \.detection.severity)
            family(
                "ke_findings", "gauge", "Findings that hold or were seen in the last hour.",
                Severity.allCases.map { ("severity=\"\($0.rawValue)\"", String(bySeverity[$0]?.count ?? 0)) })
            let unobserved = snapshot.observations.filter { $0.observation.outcome == .unobserved }
            family(
                "ke_unobserved_checks", "gauge", "Checks of nodes that could not be looked at.",
                [("", String(unobserved.count))])
            family(
                "ke_findings_dropped_total", "counter", "Findings refused because a node had too many.",
                [("", String(snapshot.dropped))])
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Label values escape backslash, quote and line break.
    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
