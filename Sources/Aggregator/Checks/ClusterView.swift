package import CheckModel
package import ClusterIndex
package import Findings
package import KubernetesAPI
package import Platform

/// What checks see of one part of a cluster: its objects, what agents found there, the clock and the settings, with the
/// look-ups that many of them share.
///
/// Checks walk over the objects of the part (`nodes`, `pods`, `records(_:)`, `warnings(of:)`) and look up what those
/// refer to in the whole `index`. So the parts together give what the whole would.
///
/// Look-ups are made when they are first asked for; a view belongs to one evaluation and one thread.
package final class ClusterView {
    package let index: ClusterIndex
    package let scope: ClusterScope
    package let agents: AgentView
    package let aggregator: AggregatorFacts
    package let settings: CheckSettings
    /// This machine's clock; ages of API times go by `now(_:)`.
    let clock: Timestamp
    /// When what this part says will change though nothing in it does.
    package let deadlines = AgeDeadlines()
    /// How far back events count.
    let windowSeconds: Double
    private let claims: EventClaims

    package init(
        _ index: ClusterIndex, scope: ClusterScope, agents: AgentView = AgentView(),
        aggregator: AggregatorFacts = AggregatorFacts(), settings: CheckSettings = CheckSettings(), clock: Timestamp,
        windowSeconds: Double = Seconds.perHour, claims: EventClaims = .shared
    ) {
        self.index = index
        self.scope = scope
        self.agents = agents
        self.aggregator = aggregator
        self.settings = settings
        self.clock = clock
        self.windowSeconds = windowSeconds
        self.claims = claims
        if case .node(let name) = scope { agents.noteEnds(at: name, deadlines) }
    }

    /// The server's clock when a kind was read, moved on by what has passed since where a watch keeps it fresh.
    func now(_ kind: ClusterKind) -> ReadTime { ReadTime(index.states[kind]?.date ?? clock, deadlines) }

    /// This machine's clock.
    package var machineTime: ReadTime { ReadTime(clock, deadlines) }

    package func isComplete(_ kind: ClusterKind, in namespace: String? = nil) -> Bool {
        index.isComplete(kind, in: namespace)
    }

    /// At least one agent judged it healthy.
    package func isHealthyAtAgents(_ check: String) -> Bool { agents.reports?.isHealthy(check) ?? false }

    // MARK: Objects of the part

    /// The node of a node's part, where the API knows it.
    private(set) lazy var nodes: [NodeRecord] =
        if case .node(let name) = scope { index.nodes[name].map { [$0] } ?? [] } else { [] }

    package private(set) lazy var pods: [PodRecord] = index.pods(in: scope)

    /// Objects of a kind that the control plane's part or a namespace's part holds.
    func records<Record>(_ table: RecordTable<Record>) -> [Record] {
        switch scope {
        case .controlPlane: table.records
        case .node: []
        case .namespace(let name): table.records(in: RecordKey.namespace(name))
        }
    }

    /// Names of the part's agents that ever reported.
    var agentNames: [String] {
        if case .node(let name) = scope, agents.lastReport(name) != nil { [name] } else { [] }
    }

    /// Since when the aggregator listens.
    var upSeconds: Age { agents.upSeconds(deadlines) }

    // MARK: Events

    /// The window's Warning events, the oldest first, by the check that they speak to first.
    private lazy var warnings: [String: [EventRecord]] = {
        let now = now(.events)
        let all = index.events(in: scope).filter {
            $0.isWarning && !$0.isOwn && now.seconds(since: $0.last) <= windowSeconds
        }.sorted { ($0.last, $0.namespace, $0.name) < ($1.last, $1.namespace, $1.name) }
        var claimed: [String: [EventRecord]] = [:]
        for event in all {
            // A check that is switched off leaves its events to the next one.
            guard let first = claims.firstCheck(for: event, where: settings.isEnabled) else { continue }
            claimed[first, default: []].append(event)
        }
        return claimed
    }()

    /// Warning events of the window that speak to a check first, the oldest first.
    func warnings(of check: String) -> [EventRecord] { warnings[check] ?? [] }

    /// Checks that a text of a container's state speaks to.
    func checks(forContainerText text: String) -> [String] { claims.checks(forText: text) }

    // MARK: Pods

    /// Pods of the whole cluster that are in a namespace.
    func pods(in namespace: String, where isWanted: (PodRecord) -> Bool) -> [PodRecord] {
        index.pods.records(in: RecordKey.namespace(namespace)).filter(isWanted)
    }

    /// Pods in which a container said something when it waited or ended, which few do.
    private(set) lazy var talkingPods = pods.filter { $0.containers.contains(where: \.hasTexts) }

    package func pod(uid: String) -> PodRecord? { index.pod(uid: uid) }

    /// By a seeded hash of what owns the pods; a workload's pods are many, and asked for by many.
    private var owners: [Int: ObjectReference] = [:]

    /// The controller at the top: Deployment over ReplicaSet, CronJob over Job; the pod itself where none is.
    package func owner(of pod: PodRecord) -> ObjectReference {
        // Static pods are owned by their node.
        if pod.ownerKind.isEmpty || pod.ownerKind == "Node" { return pod.reference }
        var hasher = Hasher()
        hasher.combine(pod.namespace)
        hasher.combine(pod.ownerKind)
        hasher.combine(pod.ownerName)
        // Which part of a ReplicaSet's name is the Deployment's, the pod says.
        if pod.ownerKind == "ReplicaSet" { hasher.combine(pod.labels.labels["pod-template-hash"]) }
        let key = hasher.finalize()
        if let known = owners[key] { return known }
        let found = topOwner(of: pod)
        owners[key] = found
        return found
    }

    private func topOwner(of pod: PodRecord) -> ObjectReference {
        switch pod.ownerKind {
        case "ReplicaSet":
            // Its name is the Deployment's and the template's hash; the Deployment says whether that is so.
            if let hash = pod.labels.labels["pod-template-hash"], pod.ownerName.hasSuffix("-" + hash) {
                let name = String(pod.ownerName.dropLast(hash.count + 1))
                if let deployment = index.deployments[pod.namespace, name] {
                    return deployment.metadata.reference("Deployment")
                }
                if !isComplete(.deployments, in: pod.namespace) {
                    return ObjectReference(kind: "Deployment", namespace: pod.namespace, name: name)
                }
            }
        case "Job":
            if let job = index.jobs[pod.namespace, pod.ownerName], job.ownerKind == "CronJob" {
                return ObjectReference(kind: "CronJob", namespace: pod.namespace, name: job.ownerName)
            }
        default: break
        }
        return ObjectReference(kind: pod.ownerKind, namespace: pod.namespace, name: pod.ownerName)
    }

    // MARK: Nodes

    private var verdicts: [String: NotReadyVerdict?] = [:]

    /// Why a node is not ready; nil: it is, or nothing is known of it.
    package func notReady(_ node: String) -> NotReadyVerdict? {
        if let known = verdicts[node] { return known }
        let verdict = index.nodes[node].flatMap { NotReadyVerdict($0, self) }
        verdicts[node] = .some(verdict)
        return verdict
    }

    /// The agents' DaemonSet, which has this name in every way of installation.
    private lazy var agentPlacement: NodePlacement? =
        index.daemonsets[Names.namespace, Names.agent]?.placement

    /// Whether an agent is to be expected there. Virtual nodes never run one, whatever a DaemonSet allows.
    package func runsAgent(_ node: NodeRecord) -> Bool { !node.isVirtual && (agentPlacement?.allows(node) ?? true) }

    /// Nodes that are leaving and nodes that have just joined raise no alarm.
    func severity(_ severity: Severity, at node: NodeRecord) -> Severity {
        let now = now(.nodes)
        if let since = node.leavingSince {
            return now.seconds(since: since) <= CheckTimes.leavingNodeSeconds ? .info : min(severity, .warning)
        }
        if let created = node.metadata.created, now.seconds(since: created) < CheckTimes.youngNodeSeconds {
            return .info
        }
        return severity
    }

    /// For findings at a pod: as bad as its node lets them be.
    func severity(_ severity: Severity, onNode name: String) -> Severity {
        guard !name.isEmpty, let since = index.nodes[name]?.leavingSince else { return severity }
        return now(.nodes).seconds(since: since) <= CheckTimes.leavingNodeSeconds ? .info : min(severity, .warning)
    }

    func threshold(_ check: String, _ name: String, node: NodeRecord) -> Double {
        settings.threshold(
            check, name, for: OverrideTarget(node: node.name, nodeLabels: node.labels, name: node.name))
    }

    func threshold(_ check: String, _ name: String, namespace: String = "", object: String = "") -> Double {
        settings.threshold(check, name, for: OverrideTarget(namespace: namespace, name: object))
    }
}
