package import CheckModel
package import ClusterIndex
package import Findings
package import KubernetesAPI
package import Platform

/// What checks see: the index, what agents found, the clock and the settings, with the look-ups that many of them
/// share.
///
/// Look-ups are made when they are first asked for; a view belongs to one evaluation and one thread.
package final class ClusterView {
    package let index: ClusterIndex
    package let agents: AgentView
    package let aggregator: AggregatorFacts
    package let settings: CheckSettings
    /// This machine's clock; ages of API times go by `now(_:)`.
    let clock: Timestamp
    /// How far back events count.
    let windowSeconds: Double
    private let claims: EventClaims

    package init(
        _ index: ClusterIndex, agents: AgentView = AgentView(), aggregator: AggregatorFacts = AggregatorFacts(),
        settings: CheckSettings = CheckSettings(), clock: Timestamp, windowSeconds: Double = Seconds.perHour,
        claims: EventClaims = .shared
    ) {
        self.index = index
        self.agents = agents
        self.aggregator = aggregator
        self.settings = settings
        self.clock = clock
        self.windowSeconds = windowSeconds
        self.claims = claims
    }

    /// The server's clock when a kind was read, moved on by what has passed since where a watch keeps it fresh.
    func now(_ kind: ClusterKind) -> Timestamp { index.states[kind]?.date ?? clock }

    package func isComplete(_ kind: ClusterKind) -> Bool { index.isComplete(kind) }

    package var healthyAgentChecks: Set<String> { agents.healthyChecks }

    // MARK: Events

    /// Places of the window's Warning events in their table, the oldest first, by the check that they speak to first.
    private lazy var warningPlaces: [String: [Int32]] = {
        let now = now(.events)
        let records = index.events.records
        var places: [Int32] = []
        for place in records.indices
        where records[place].isWarning && !records[place].isOwn
            && now.seconds(since: records[place].last) <= windowSeconds
        {
            places.append(Int32(place))
        }
        places.sort { a, b in
            let a = records[Int(a)], b = records[Int(b)]
            return (a.last, a.namespace, a.name) < (b.last, b.namespace, b.name)
        }
        var all: [String: [Int32]] = [:]
        for place in places {
            // A check that is switched off leaves its events to the next one.
            guard let first = claims.firstCheck(for: records[Int(place)], where: settings.isEnabled) else { continue }
            all[first, default: []].append(place)
        }
        return all
    }()

    /// Warning events of the window that speak to a check first, the oldest first.
    func warnings(of check: String) -> some RandomAccessCollection<EventRecord> {
        (warningPlaces[check] ?? []).lazy.map { [index] in index.events.records[Int($0)] }
    }

    /// Checks that a text of a container's state speaks to.
    func checks(forContainerText text: String) -> [String] { claims.checks(forText: text) }

    // MARK: Pods

    private lazy var podsByNamespace = Dictionary(grouping: index.pods.records, by: \.namespace)

    func pods(in namespace: String, where isWanted: (PodRecord) -> Bool) -> [PodRecord] {
        (podsByNamespace[namespace] ?? []).filter(isWanted)
    }

    /// Pods in which a container said something when it waited or ended, which few do.
    private(set) lazy var talkingPods = index.pods.records.filter { $0.containers.contains(where: \.hasTexts) }

    /// Ready endpoints by `namespace/service`.
    lazy var readyEndpoints: [String: Int] = index.endpointslices.records.reduce(into: [:]) { counts, slice in
        counts["\(slice.namespace)/\(slice.service)", default: 0] += slice.readyCount
    }

    /// By the UID of the API and by the one that a static pod's cgroup carries.
    private lazy var podsByUID: [String: PodRecord] = {
        var all: [String: PodRecord] = [:]
        all.reserveCapacity(index.pods.count)
        for pod in index.pods.records {
            all[pod.metadata.uid] = pod
            if !pod.configHash.isEmpty { all[pod.configHash] = pod }
        }
        return all
    }()

    package func pod(uid: String) -> PodRecord? { uid.isEmpty ? nil : podsByUID[uid] }

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
                if !isComplete(.deployments) {
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

    package lazy var notReady: [String: NotReadyVerdict] = NotReadyVerdict.all(self)

    /// The agents' DaemonSet, which has this name in every way of installation.
    private lazy var agentPlacement: NodePlacement? =
        index.daemonsets[Names.namespace, Names.agent]?.placement

    /// Whether an agent is to be expected there. Virtual nodes never run one, whatever a DaemonSet allows.
    package func runsAgent(_ node: NodeRecord) -> Bool { !node.isVirtual && (agentPlacement?.allows(node) ?? true) }

    /// Nodes on their way out and nodes that have only come are no alarm (CHECKS.md §0).
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

    /// Nodes on their way out, and since when.
    private lazy var leaving: [String: Timestamp] = index.nodes.records.reduce(into: [:]) { all, node in
        if let since = node.leavingSince { all[node.name] = since }
    }

    /// For findings at a pod: as bad as its node lets them be.
    func severity(_ severity: Severity, onNode name: String) -> Severity {
        guard !name.isEmpty, let since = leaving[name] else { return severity }
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
