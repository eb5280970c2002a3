import Findings
import Platform
import Synchronization
package import Wire

/// What the aggregator counts about itself, in Prometheus' text format
/// (prometheus.io/docs/instrumenting/exposition_formats).
package final class IngestMetrics: Sendable {
    struct Counts: Sendable {
        var batches: [String: Int] = [:]
        var findings = 0
        var bytes = 0
        var storeErrors = 0
        /// Rounds of exporters, by name and by whether all went well.
        var exports: [String: (good: Int, bad: Int)] = [:]
        /// Requests without, or with the wrong, proof, by what was wrong.
        var refusals: [String: Int] = [:]
    }

    private let counts = Mutex(Counts())

    package func batch(_ result: String, findings: Int = 0, bytes: Int = 0) {
        counts.withLock { counts in
            counts.batches[result, default: 0] += 1
            counts.findings += findings
            counts.bytes += bytes
        }
    }

    static let refusals = [
        "noToken", "badToken", "otherAccount", "otherNode", "noNode", "notAllowed", "noReview", "rateLimit", "noPath",
    ]

    package func refused(_ reason: String) { counts.withLock { $0.refusals[reason, default: 0] += 1 } }

    package func exported(_ kind: String, isGood: Bool) {
        counts.withLock { counts in
            var known = counts.exports[kind] ?? (0, 0)
            if isGood { known.good += 1 } else { known.bad += 1 }
            counts.exports[kind] = known
        }
    }

    /// Findings and states in committed batches since the start: another number means that there is news.
    package var findingsCommitted: Int { counts.withLock { $0.findings } }

    package init() {}

    package func storeError() { counts.withLock { $0.storeErrors += 1 } }

    /// - Parameters:
    ///   - snapshot: what agents sent; nil: the store could not be read.
    ///   - state: what the report is made from; nil: the store could not be read.
    package func text(_ snapshot: Snapshot?, _ state: StateMetrics?, isStoreUp: Bool) -> String {
        let counts = counts.withLock { $0 }
        var text = MetricsText()
        text.add(
            "ke_ingest_batches_total", "counter", "Batches by outcome.",
            ["applied", "conflict", "refused", "failed"].map { ("result=\"\($0)\"", String(counts.batches[$0] ?? 0)) })
        text.add(
            "ke_refused_requests_total", "counter", "Rejected requests by reason.",
            Self.refusals.map { ("reason=\"\($0)\"", String(counts.refusals[$0] ?? 0)) })
        text.add(
            "ke_export_rounds_total", "counter", "Exporter rounds by outcome.",
            counts.exports.sorted { $0.key < $1.key }.flatMap { kind, rounds in
                [("good", rounds.good), ("bad", rounds.bad)].map {
                    ("exporter=\"\(kind)\",result=\"\($0.0)\"", String($0.1))
                }
            })
        text.add(
            "ke_ingest_findings_total", "counter", "Findings in committed batches.", [("", String(counts.findings))])
        text.add(
            "ke_ingest_received_bytes_total", "counter", "Bytes of committed batches.", [("", String(counts.bytes))])
        text.add(
            "ke_store_errors_total", "counter", "Requests that failed in the store.",
            [("", String(counts.storeErrors))])
        text.add("ke_store_up", "gauge", "1 if the store is writable.", [("", isStoreUp ? "1" : "0")])
        if let snapshot {
            if let loss = snapshot.loss {
                text.add(
                    "ke_store_lost_timestamp_seconds", "gauge", "When a damaged store was replaced, for a day.",
                    String(Double(loss.time.microseconds) / 1e6))
            }
            text.add(
                "ke_store_unreadable_rows", "gauge", "Rows of the store that could not be read.",
                String(snapshot.unreadable ?? 0))
            text.add(
                "ke_findings_left_out", "gauge", "Findings left out of an answer that would be too large.",
                String(snapshot.leftOut ?? 0))
            // A node that has left the cluster is not silent.
            let agents = state?.agents
            let nodes = snapshot.nodes.filter { agents?.contains($0.name) ?? true }
            text.add("ke_nodes", "gauge", "Nodes whose agent has ever reported.", String(nodes.count))
            text.add(
                "ke_node_last_heard_timestamp_seconds", "gauge", "When the agent of the node last reported.",
                nodes.map {
                    ("node=\"\(Self.escape($0.name))\"", String(Double($0.lastReport.microseconds) / 1e6))
                })
            let problems = ProblemMetrics(snapshot.findings, now: snapshot.generatedAt)
            text.add(
                "problem_counter", "counter", "How often a problem was found, by node and reason.",
                problems.counterSamples)
            text.add(
                "problem_gauge", "gauge", "1 while a condition of a node holds, by type and reason.",
                problems.gaugeSamples)
            let unobserved = snapshot.observations.filter { $0.observation.outcome == .unobserved }
            text.add(
                "ke_unobserved_checks", "gauge", "Checks that were not observed on nodes.",
                [("", String(unobserved.count))])
            text.add(
                "ke_findings_dropped_total", "counter", "Findings dropped because a node had too many.",
                [("", String(snapshot.dropped))])
        }
        state?.add(to: &text)
        return text.lines.joined(separator: "\n") + "\n"
    }

    /// A label's value: backslash, quote and line feed are escaped, byte by byte as the format is read; a mark that
    /// combines with a quote hides it from `Character`s only. Other control characters become blanks.
    static func escape(_ text: String) -> String {
        var value = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "\"":
                value.append("\\")
                value.append(scalar)
            case "\n": value.append(contentsOf: "\\n".unicodeScalars)
            default:
                let isControl = scalar.properties.generalCategory == .control
                value.append(isControl || scalar == "\u{2028}" || scalar == "\u{2029}" ? " " : scalar)
            }
        }
        return String(value)
    }
}
