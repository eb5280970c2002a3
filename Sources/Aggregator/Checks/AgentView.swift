import CheckModel
package import Findings
import Platform
package import Wire

/// What agents reported, as far as checks of the cluster need it.
package struct AgentView: Sendable {
    /// There is an aggregator; without one nothing is known of any node's inside.
    var isPresent = false
    /// When each node's agent last reported.
    var lastReport: [String: Timestamp] = [:]
    var startedAt = Timestamp(microseconds: 0)
    /// Findings that hold or happened in the window, by node.
    package var findings: [String: [Finding]] = [:]
    var now = Timestamp(microseconds: 0)
    /// Checks that at least one agent judged healthy.
    var healthyChecks: Set<String> = []

    package init() {}

    package init(_ snapshot: Snapshot, windowSeconds: Double) {
        isPresent = true
        startedAt = snapshot.startedAt
        now = snapshot.generatedAt
        for node in snapshot.nodes { lastReport[node.name] = node.lastReport }
        healthyChecks = Set(
            snapshot.observations.filter { $0.observation.outcome == .healthy }.map(\.observation.check))
        let now = snapshot.generatedAt
        findings = Dictionary(
            grouping: snapshot.findings.filter {
                $0.isState ? $0.resolvedAt == nil : now.seconds(since: $0.last) <= windowSeconds
            }, by: \.node)
    }

    /// Seconds since a node's agent last reported, counted from the aggregator's start at the earliest; nil: it never
    /// did.
    func silence(_ node: String) -> Double? {
        lastReport[node].map { now.seconds(since: max($0, startedAt)) }
    }

    package func isReporting(_ node: String) -> Bool {
        silence(node).map { $0 <= CheckTimes.reportingSeconds } ?? false
    }

    func findings(_ check: String, at node: String) -> [Finding] {
        findings[node]?.filter { $0.detection.check == check } ?? []
    }
}
