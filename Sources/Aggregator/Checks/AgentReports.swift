import ClusterIndex
package import Findings
package import Platform
package import Wire

/// What agents reported, by node.
package struct AgentReports: Sendable {
    /// One node's agent.
    package struct Report: Sendable, Equatable {
        /// nil: findings of a node of which nothing else is known.
        package var node: Snapshot.Node?
        /// Those that hold, that happened, and states that ended.
        package var findings: [Finding]
        package var observations: [Observation]

        package init(node: Snapshot.Node?, findings: [Finding] = [], observations: [Observation] = []) {
            self.node = node
            self.findings = findings
            self.observations = observations
        }
    }

    /// By this machine's clock.
    package var generatedAt: Timestamp
    /// When the aggregator began to listen.
    package var startedAt: Timestamp
    /// Findings that did not fit since the store was made.
    package var dropped = 0
    /// By the last time that all nodes were read.
    package private(set) var missing = Snapshot.Missing()
    package private(set) var reports: [String: Report] = [:]
    /// Nodes whose findings name a pod, by its key (`RecordKey`).
    private var mentions: [Int: Set<String>] = [:]
    /// How many nodes judged a check healthy.
    private var healthy: [String: Int] = [:]
    /// Nodes with a finding that concerns the control plane.
    package private(set) var controlPlaneNodes: Set<String> = []

    package init(generatedAt: Timestamp, startedAt: Timestamp) {
        self.generatedAt = generatedAt
        self.startedAt = startedAt
    }

    package init(_ snapshot: Snapshot) {
        self.init(generatedAt: snapshot.generatedAt, startedAt: snapshot.startedAt)
        dropped = snapshot.dropped
        missing = snapshot.missing
        var all: [String: Report] = [:]
        for node in snapshot.nodes { all[node.name] = Report(node: node) }
        for finding in snapshot.findings { all[finding.node, default: Report(node: nil)].findings.append(finding) }
        for entry in snapshot.observations {
            all[entry.node, default: Report(node: nil)].observations.append(entry.observation)
        }
        for (name, report) in all { set(report, of: name) }
    }

    /// - Parameter report: nil: nothing is known of the node any more.
    package mutating func set(_ report: Report?, of node: String) {
        for check in Self.healthyChecks(reports[node]) { healthy[check, default: 0] -= 1 }
        for check in Self.healthyChecks(report) { healthy[check, default: 0] += 1 }
        for key in Self.mentions(reports[node]) {
            mentions[key]?.remove(node)
            if mentions[key]?.isEmpty == true { mentions[key] = nil }
        }
        for key in Self.mentions(report) { mentions[key, default: []].insert(node) }
        if report?.findings.contains(where: Self.concernsControlPlane) == true {
            controlPlaneNodes.insert(node)
        } else {
            controlPlaneNodes.remove(node)
        }
        reports[node] = report
    }

    /// A report without a change in what was found or observed.
    package mutating func heard(_ node: Snapshot.Node) { reports[node.name, default: Report(node: nil)].node = node }

    /// Nodes whose findings name a pod of these keys.
    package func nodes(mentioning keys: Set<Int>) -> Set<String> {
        keys.reduce(into: []) { nodes, key in nodes.formUnion(mentions[key] ?? []) }
    }

    private static func mentions(_ report: Report?) -> Set<Int> {
        var keys: Set<Int> = []
        for finding in report?.findings ?? [] {
            let object = finding.detection.object
            if object.kind == "Pod" {
                if !object.uid.isEmpty { keys.insert(RecordKey.uid(object.uid)) }
                if !object.name.isEmpty { keys.insert(RecordKey.name(object.namespace, object.name)) }
            }
            if let uid = GaugeText.topPod(in: finding.detection.message) {
                keys.insert(RecordKey.uid(String(finding.detection.message[uid])))
            }
        }
        return keys
    }

    /// Takes what a store holds of some nodes.
    package mutating func take(_ snapshot: Snapshot, of nodes: Set<String>) {
        dropped = snapshot.dropped
        let fresh = AgentReports(snapshot).reports
        for node in nodes { set(fresh[node], of: node) }
    }

    private static func healthyChecks(_ report: Report?) -> Set<String> {
        Set(report?.observations.lazy.filter { $0.outcome == .healthy }.map(\.check) ?? [])
    }

    /// It is joined with what the API says of the control plane, not with what it says of the node.
    package static func isOfControlPlane(_ finding: Finding) -> Bool {
        finding.detection.object.kind == "Component"
            || Catalogue.builtIn[finding.detection.check]?.join == .deadline && finding.detection.deadline != nil
    }

    /// Checks of the control plane look at it.
    static func concernsControlPlane(_ finding: Finding) -> Bool {
        isOfControlPlane(finding) || Catalogue.builtIn[finding.detection.check]?.trouble == "control-plane"
    }

    /// At least one agent judged it healthy.
    package func isHealthy(_ check: String) -> Bool { healthy[check, default: 0] > 0 }

    /// Names of nodes whose agent ever reported.
    package var nodes: [Snapshot.Node] { reports.values.compactMap(\.node) }
}
