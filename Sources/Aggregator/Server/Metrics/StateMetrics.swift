package import Evaluation
import Findings
package import Platform
import Practice
package import Report
import Wire

/// What the report says, as numbers: counted over the same evaluated state, so that an alert and a report never differ.
package struct StateMetrics: Sendable {
    /// Series of one family; what is beyond is added up under `otherCheck`, so that sums stay right.
    static let seriesMax = 1000
    static let otherCheck = "other"
    /// Incidents with a series of their own, the first of the report.
    static let incidentsMax = 100
    static let labelBytesMax = 256

    /// Where a finding was seen.
    enum Side: String, CaseIterable {
        case node, api, both

        /// Sources of evidence that the API is read through; agents' are log sources and gauges.
        private static let apiSources: Set<String> = [
            "event", "pod", "api", "readyz", "metrics", "probe", "componentstatus", "aggregator",
        ]

        init(_ finding: EvaluatedFinding) {
            guard finding.hasAgent else {
                self = .api
                return
            }
            let isSeenByAPI =
                !finding.events.isEmpty
                || finding.evidence.contains {
                    Self.apiSources.contains($0.source) || $0.source.hasPrefix("condition:")
                }
            self = isSeenByAPI ? .both : .node
        }
    }

    private let state: EvaluatedState
    private let incidents: OnDemand<Report.Incident>
    private let now: Timestamp

    /// - Parameters:
    ///   - report: made from this state.
    ///   - now: for the age of the state.
    package init(_ state: EvaluatedState, _ report: ReportContent, now: Timestamp) {
        self.state = state
        self.now = now
        incidents = report.incidents
    }

    func add(to text: inout MetricsText) {
        text.add("ke_findings", "gauge", "Findings of the report, by severity, check and side.", findings())
        text.add(
            "ke_incidents", "gauge", "Incidents of the report, by severity and the check of their cause.", causes())
        text.add(
            "ke_incident_info", "gauge", "1 for each of the first \(Self.incidentsMax) incidents of the report.",
            incidents.prefix(Self.incidentsMax).map(info))
        text.add(
            "ke_incidents_unlisted", "gauge", "Incidents of the report without a series in ke_incident_info.",
            String(max(0, incidents.count - Self.incidentsMax)))
        text.add(
            "ke_unobserved", "gauge", "Places where a check was not observed, by check and reason.", unobserved())
        if let generation = state.generation {
            text.add(
                "ke_evaluation_generation", "gauge", "Number of the evaluated state that reports are made from.",
                String(generation.number))
            text.add(
                "ke_evaluation_seconds", "gauge", "How long the evaluation of this state took.",
                String(generation.seconds))
        }
        text.add(
            "ke_evaluation_age_seconds", "gauge", "How long ago this state was evaluated.",
            String(max(0, now.seconds(since: state.generatedAt))))
    }

    /// Names of the nodes that belong to the cluster, where it is known, and whose agent has ever reported.
    var agents: Set<String> { Set(state.agents.map(\.name)) }

    // MARK: Counting

    private struct Key: Hashable {
        var severity: Severity
        var check: String
        /// Side, or empty.
        var more: String
    }

    private func findings() -> [MetricsText.Sample] {
        var counts: [Key: Int] = [:]
        for finding in state.findings {
            let key = Key(
                severity: finding.severity, check: Self.label(finding.check), more: Side(finding).rawValue)
            counts[key, default: 0] += 1
        }
        // A workload that fails best practice is one finding, as in the report's header; its worst failure names it.
        for row in state.practice.rows {
            var worst: Int?
            row.forEach { check, severity in
                if severity == row.severity { worst = min(worst ?? check, check) }
            }
            let check = Self.label(worst.map { state.practice.set.checks[$0].id } ?? Self.otherCheck)
            counts[Key(severity: row.severity, check: check, more: Side.api.rawValue), default: 0] += 1
        }
        // A zero for each severity, so that a query never finds nothing.
        let zeros = Severity.allCases.map { MetricsText.Sample([("severity", $0.rawValue)], "0") }
        return zeros
            + Self.bounded(counts) { Key(severity: $0.severity, check: Self.otherCheck, more: $0.more) }.map {
                MetricsText.Sample(
                    [
                        ("severity", $0.key.severity.rawValue), ("check", $0.key.check),
                        ("side", $0.key.more),
                    ],
                    String($0.value))
            }
    }

    private func causes() -> [MetricsText.Sample] {
        var counts: [Key: Int] = [:]
        for incident in incidents {
            counts[Key(severity: incident.severity, check: Self.label(incident.cause), more: ""), default: 0] += 1
        }
        let zeros = Severity.allCases.map { MetricsText.Sample([("severity", $0.rawValue)], "0") }
        return zeros
            + Self.bounded(counts) { Key(severity: $0.severity, check: Self.otherCheck, more: "") }.map {
                MetricsText.Sample(
                    [("severity", $0.key.severity.rawValue), ("cause", $0.key.check)], String($0.value))
            }
    }

    private func info(_ incident: Report.Incident) -> MetricsText.Sample {
        MetricsText.Sample(
            [
                ("id", Self.label(incident.id)), ("severity", incident.severity.rawValue),
                ("cause", Self.label(incident.cause)), ("object", Self.label(incident.object)),
            ], "1")
    }

    private func unobserved() -> [MetricsText.Sample] {
        struct Gap: Hashable {
            var check: String
            var reason: UnobservedReason
        }
        let counts = Dictionary(grouping: state.gaps) { Gap(check: Self.label($0.check), reason: $0.reason) }.mapValues(
            \.count)
        return Self.bounded(counts) { Gap(check: Self.otherCheck, reason: $0.reason) }.map {
            MetricsText.Sample(
                [("check", $0.key.check), ("reason", $0.key.reason.rawValue)], String($0.value))
        }
    }

    /// The largest, in a stable order; the rest is added up under `other`. Agents' rules name checks as they like.
    private static func bounded<Key: Hashable>(
        _ counts: [Key: Int], _ other: (Key) -> Key
    ) -> [(key: Key, value: Int)] {
        let sorted = counts.map { (key: $0.key, value: $0.value, name: "\($0.key)") }.sorted {
            ($1.value, $0.name) < ($0.value, $1.name)
        }
        var kept = Dictionary(uniqueKeysWithValues: sorted.prefix(seriesMax).map { ($0.key, $0.value) })
        for rest in sorted.dropFirst(seriesMax) { kept[other(rest.key), default: 0] += rest.value }
        return kept.map { (key: $0.key, value: $0.value, name: "\($0.key)") }.sorted { $0.name < $1.name }
            .map { ($0.key, $0.value) }
    }

    private static func label(_ text: String) -> String {
        TextSafety.cut(TextSafety.printable(text), bytesMax: labelBytesMax)
    }
}
