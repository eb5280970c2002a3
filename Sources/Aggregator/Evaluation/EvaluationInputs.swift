import CheckModel
import Checks
import ClusterIndex
import Findings
import Platform
import Practice
import Wire

/// What one evaluation reads, and the view of it that checks get.
struct EvaluationInputs {
    /// nil: there is no cluster.
    let index: ClusterIndex?
    /// What the audit of best practice saw as objects came by.
    let audit: AuditTable
    /// nil: there is no aggregator.
    let snapshot: Snapshot?
    let aggregator: AggregatorFacts
    /// Its overrides are those that are active at `now`; `expired` are the others.
    let settings: EvaluationSettings
    let expired: [OverrideSet.Entry]
    let now: Timestamp
    let windowSeconds: Double

    init(
        index: ClusterIndex?, audit: AuditTable, snapshot: Snapshot?, aggregator: AggregatorFacts,
        settings: EvaluationSettings, now: Timestamp, windowSeconds: Double
    ) {
        self.index = index
        self.audit = audit
        self.snapshot = snapshot
        self.aggregator = aggregator
        self.now = now
        self.windowSeconds = windowSeconds
        expired = settings.overrides.expired(at: now)
        var settings = settings
        settings.overrides = settings.overrides.active(at: now)
        self.settings = settings
    }

    func view() -> ClusterView {
        ClusterView(
            index ?? ClusterIndex(name: "local"),
            agents: snapshot.map { AgentView($0, windowSeconds: windowSeconds) } ?? AgentView(),
            aggregator: aggregator, settings: settings.checks, clock: now, windowSeconds: windowSeconds)
    }

    /// - Parameter onFinding: takes each finding as it is made: there may be tens of thousands, and none is kept here.
    func check(_ view: ClusterView, onFinding: (CheckFinding) -> Void) -> CheckRunner.Result {
        // Without a cluster there is nothing but the agents' reports to check.
        let checks = index == nil ? CheckList.all.filter { $0 is AgentSilentCheck } : CheckList.all
        return CheckRunner(view: view, checks: checks).run(onFinding: onFinding)
    }

    /// Agents' findings that hold, or happened within the window.
    func agentFindings(_ view: ClusterView) -> [Finding] {
        view.agents.findings.values.joined().filter { settings.isEnabled($0.detection.check) }.sorted { $0.id < $1.id }
    }

    /// States of agents that ended within the last day.
    func resolved(_ joiner: FindingJoiner) -> [EvaluatedFinding] {
        guard let snapshot else { return [] }
        return snapshot.findings.filter {
            $0.resolvedAt.map { now.seconds(since: $0) <= Evaluation.resolvedSeconds } ?? false
        }
        .map { EvaluatedFinding(joiner.described($0)) }.sorted(by: EvaluatedFinding.precedes)
    }
}
