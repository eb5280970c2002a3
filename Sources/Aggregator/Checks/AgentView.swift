import CheckModel
package import Findings
package import Platform
import Wire

/// What agents reported, as far as checks of the cluster need it.
package struct AgentView: Sendable {
    /// nil: there is no aggregator; nothing is known of any node's inside.
    package let reports: AgentReports?
    private let windowSeconds: Double
    private let now: Timestamp

    package init() {
        reports = nil
        windowSeconds = 0
        now = Timestamp(microseconds: 0)
    }

    package init(_ reports: AgentReports, windowSeconds: Double) {
        self.reports = reports
        self.windowSeconds = windowSeconds
        now = reports.generatedAt
    }

    package var isPresent: Bool { reports != nil }

    /// Whether any agent ever reported.
    package var hasReports: Bool { reports?.reports.values.contains { $0.node != nil } ?? false }

    /// When a node's agent last reported; nil: it never did.
    package func lastReport(_ node: String) -> Timestamp? { reports?.reports[node]?.node?.lastReport }

    /// Seconds since a time by the aggregator's clock.
    func seconds(since time: Timestamp) -> Double { now.seconds(since: time) }

    /// Since when the aggregator listens, in seconds.
    func upSeconds(_ deadlines: AgeDeadlines) -> Age {
        ReadTime(now, deadlines).seconds(since: reports?.startedAt ?? now)
    }

    /// Notes when each finding of a node leaves the window.
    func noteEnds(at node: String, _ deadlines: AgeDeadlines) {
        for finding in reports?.reports[node]?.findings ?? [] where !finding.isState {
            _ = ReadTime(now, deadlines).seconds(since: finding.last) > windowSeconds
        }
    }

    /// Seconds since a node's agent last reported, counted from the aggregator's start at the earliest; nil: it never
    /// did.
    func silence(_ node: String) -> Double? {
        guard let reports, let last = lastReport(node) else { return nil }
        return now.seconds(since: max(last, reports.startedAt))
    }

    package func isReporting(_ node: String) -> Bool {
        silence(node).map { $0 <= CheckTimes.reportingSeconds } ?? false
    }

    /// Findings of a node's agent that hold or happened in the window.
    package func findings(at node: String) -> [Finding] {
        reports?.reports[node]?.findings.filter(isRecent) ?? []
    }

    func findings(_ check: String, at node: String) -> [Finding] {
        reports?.reports[node]?.findings.filter { $0.detection.check == check && isRecent($0) } ?? []
    }

    /// Findings that concern the control plane, of all agents.
    package var controlPlaneFindings: [Finding] {
        reports?.controlPlaneNodes.sorted().flatMap { findings(at: $0).filter(AgentReports.concernsControlPlane) } ?? []
    }

    private func isRecent(_ finding: Finding) -> Bool {
        finding.isState ? finding.resolvedAt == nil : now.seconds(since: finding.last) <= windowSeconds
    }
}
