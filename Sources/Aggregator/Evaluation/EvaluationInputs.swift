import CheckModel
import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform
import Practice
import Wire

/// What one evaluation reads, and the views of its parts that checks get.
struct EvaluationInputs {
    /// nil: there is no cluster.
    let index: ClusterIndex?
    /// What the audit of best practice saw as objects came by.
    let audit: AuditTable
    /// nil: there is no aggregator.
    let reports: AgentReports?
    let aggregator: AggregatorFacts
    /// Its overrides are those that are active at `now`; `expired` are the others.
    let settings: EvaluationSettings
    let expired: [OverrideSet.Entry]
    let now: Timestamp
    let windowSeconds: Double
    /// The checks that look at a part of each kind.
    private let checks: [ClusterScope.Kinds.RawValue: [any ClusterCheck]]
    let agents: AgentView
    /// What parts look up: the cluster, or nothing where there is none.
    let lookups: ClusterIndex

    init(
        index: ClusterIndex?, audit: AuditTable, reports: AgentReports?, aggregator: AggregatorFacts,
        settings: EvaluationSettings, now: Timestamp, windowSeconds: Double
    ) {
        self.index = index
        self.audit = audit
        self.reports = reports
        self.aggregator = aggregator
        self.now = now
        self.windowSeconds = windowSeconds
        expired = settings.overrides.expired(at: now)
        var settings = settings
        settings.overrides = settings.overrides.active(at: now)
        self.settings = settings
        lookups = index ?? ClusterIndex(name: "local")
        agents = reports.map { AgentView($0, windowSeconds: windowSeconds) } ?? AgentView()
        let enabled = Self.checks(hasCluster: index != nil).filter { settings.isEnabled($0.id) }
        checks = Dictionary(
            uniqueKeysWithValues: [ClusterScope.Kinds.controlPlane, .nodes, .namespaces].map { kind in
                (kind.rawValue, enabled.filter { $0.scopes.contains(kind) })
            })
    }

    /// Without a cluster there is nothing but the agents' reports to check.
    private static func checks(hasCluster: Bool) -> [any ClusterCheck] {
        hasCluster ? CheckList.all : CheckList.all.filter { $0 is AgentSilentCheck }
    }

    func view(_ scope: ClusterScope) -> ClusterView {
        ClusterView(
            lookups, scope: scope, agents: agents, aggregator: aggregator, settings: settings.checks, clock: now,
            windowSeconds: windowSeconds)
    }

    /// All parts that hold something.
    var scopes: Set<ClusterScope> {
        var scopes = index?.scopes ?? [.controlPlane]
        for node in reports?.reports.keys ?? [:].keys { scopes.insert(.node(node)) }
        return scopes
    }

    /// - Parameter onFinding: takes each finding as it is made, and none is kept here.
    func check(_ view: ClusterView, onFinding: (CheckFinding) -> Void) -> CheckRunner.Result {
        CheckRunner(view: view, checks: checks[view.scope.kind.rawValue] ?? []).run(onFinding: onFinding)
    }

    /// Agents of nodes that have left the cluster are no longer counted, where the nodes are known.
    func countsAgent(of node: String) -> Bool {
        guard let index, index.isComplete(.nodes) else { return true }
        return index.nodes[node] != nil
    }

    /// What was not read of the whole cluster.
    var gaps: [CheckGap] {
        CheckRunner.gaps(
            lookups, hasAgents: reports != nil, settings: settings.checks,
            checks: Self.checks(hasCluster: index != nil))
    }

    /// Agents' findings of a part that hold, or happened within the window.
    func agentFindings(_ view: ClusterView) -> [Finding] {
        let found: [Finding] =
            switch view.scope {
            case .node(let name): view.agents.findings(at: name).filter { !AgentReports.isOfControlPlane($0) }
            case .controlPlane: view.agents.controlPlaneFindings.filter(AgentReports.isOfControlPlane)
            case .namespace: []
            }
        return found.filter { settings.isEnabled($0.detection.check) }.sorted { $0.id < $1.id }
    }
}
