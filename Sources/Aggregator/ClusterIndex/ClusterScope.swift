import Findings

/// A part of a cluster that is evaluated by itself. Whatever is joined into one finding lies in one of them.
package enum ClusterScope: Hashable, Sendable {
    /// What belongs to the cluster as a whole: components, webhooks, APIs, certificates.
    case controlPlane
    /// A node with its agent, the pods that are bound to it, and the events about them.
    case node(String)
    /// All other objects of a namespace and the pods that no node has taken.
    case namespace(String)

    /// Which of them a check looks at.
    package struct Kinds: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let controlPlane = Kinds(rawValue: 1)
        package static let nodes = Kinds(rawValue: 2)
        package static let namespaces = Kinds(rawValue: 4)
        /// Where pods are.
        package static let pods: Kinds = [.nodes, .namespaces]
    }

    package var kind: Kinds {
        switch self {
        case .controlPlane: .controlPlane
        case .node: .nodes
        case .namespace: .namespaces
        }
    }
}

extension ClusterIndex {
    package func scope(of pod: PodRecord) -> ClusterScope {
        pod.node.isEmpty ? .namespace(pod.namespace) : .node(pod.node)
    }

    /// Where what it is about lies; of a pod that is gone, the node whose kubelet tells of it.
    package func scope(of event: EventRecord) -> ClusterScope {
        switch event.involved.kind {
        case "Node": return .node(event.involved.name)
        case "Pod":
            if let pod = pods[event.involved.namespace, event.involved.name] { return scope(of: pod) }
            return event.host.isEmpty ? .namespace(event.namespace) : .node(event.host)
        default: return .namespace(event.namespace)
        }
    }

    /// All parts that hold something of the API.
    package var scopes: Set<ClusterScope> {
        var all: Set<ClusterScope> = [.controlPlane]
        for node in nodes.records { all.insert(.node(node.name)) }
        for pod in pods.records {
            all.insert(scope(of: pod))
            // Those that have ended are counted per namespace.
            if pod.isFinished { all.insert(.namespace(pod.namespace)) }
        }
        for event in events.records { all.insert(scope(of: event)) }
        func add<Record>(_ table: RecordTable<Record>) {
            for record in table.records { all.insert(.namespace(record.namespace)) }
        }
        add(deployments)
        add(statefulsets)
        add(daemonsets)
        add(jobs)
        add(cronjobs)
        add(services)
        add(ingresses)
        add(horizontalpodautoscalers)
        add(poddisruptionbudgets)
        add(resourcequotas)
        add(persistentvolumeclaims)
        return all
    }

    package func pods(in scope: ClusterScope) -> [PodRecord] {
        switch scope {
        case .controlPlane: []
        case .node(let name): pods.records(in: RecordKey.node(name))
        case .namespace(let name): pods.records(in: RecordKey.namespace(name)).filter(\.node.isEmpty)
        }
    }

    package func events(in scope: ClusterScope) -> [EventRecord] {
        switch scope {
        case .controlPlane: return []
        case .node(let name):
            var all = events.records(in: RecordKey.involved("Node", "", name))
            for pod in pods.records(in: RecordKey.node(name)) {
                all += events.records(in: RecordKey.involved("Pod", pod.namespace, pod.name))
            }
            let ofGone = events.records(in: RecordKey.host(name)).filter {
                pods[$0.involved.namespace, $0.involved.name] == nil
            }
            return all + ofGone
        case .namespace(let name):
            return events.records(in: RecordKey.namespace(name)).filter { self.scope(of: $0) == scope }
        }
    }

    /// The pod with this UID of the API, or the one that a static pod's cgroup carries.
    package func pod(uid: String) -> PodRecord? {
        uid.isEmpty ? nil : pods.record(alias: RecordKey.uid(uid))
    }

    /// How many endpoints of a Service are ready.
    package func readyEndpoints(_ namespace: String, _ service: String) -> Int {
        endpointslices.records(in: RecordKey.service(namespace, service)).reduce(0) { $0 + $1.readyCount }
    }
}
