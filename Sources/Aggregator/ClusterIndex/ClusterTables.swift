package import KubernetesAPI
import Platform

/// A kind that is a list: how its objects get into the index. One line each.
package enum ClusterTables {
    package static func table(of kind: ClusterKind) -> (any TableKind)? {
        switch kind {
        case .nodes: Table(\.nodes)
        case .leases: Table(\.leases)
        case .pods: Table(\.pods)
        case .events: Table(\.events)
        case .namespaces: Table(\.namespaces)
        case .componentstatuses: Table(\.componentstatuses)
        case .deployments: Table(\.deployments)
        case .statefulsets: Table(\.statefulsets)
        case .daemonsets: Table(\.daemonsets)
        case .jobs: Table(\.jobs)
        case .cronjobs: Table(\.cronjobs)
        case .services: Table(\.services)
        case .endpointslices: Table(\.endpointslices)
        case .ingresses: Table(\.ingresses)
        case .ingressclasses: Table(\.ingressclasses)
        case .horizontalpodautoscalers: Table(\.horizontalpodautoscalers)
        case .poddisruptionbudgets: Table(\.poddisruptionbudgets)
        case .resourcequotas: Table(\.resourcequotas)
        case .persistentvolumeclaims: Table(\.persistentvolumeclaims)
        case .storageclasses: Table(\.storageclasses)
        case .validatingwebhookconfigurations: Table(\.validatingwebhookconfigurations)
        case .mutatingwebhookconfigurations: Table(\.mutatingwebhookconfigurations)
        case .apiservices: Table(\.apiservices)
        case .clusterroles: Table(\.clusterroles)
        case .clusterrolebindings: Table(\.clusterrolebindings)
        case .secrets: Table(\.secrets)
        case .replicasets, .replicationcontrollers, .rollouts, .configmaps, .serviceaccounts, .networkpolicies,
            .limitranges, .roles, .rolebindings:
            PassingTable()
        case .readyz, .metrics, .handshake, .version: nil
        }
    }
}

/// Reads objects of one kind and puts them into an index, without naming their type.
package protocol TableKind: Sendable {
    func makeCollector() -> any TableCollector
    /// - Parameter changed: takes the parts of the cluster that this changes.
    func remove(_ object: JSONValue, from index: inout ClusterIndex, _ changed: inout ChangedScopes)
    func copy(from other: ClusterIndex, to index: inout ClusterIndex)
    /// - Parameter changed: takes the parts of the cluster that this changes.
    /// - Returns: whether it is an object of this kind.
    func set(
        _ object: JSONValue, in index: inout ClusterIndex, _ texts: inout TextInterner, _ changed: inout ChangedScopes
    ) -> Bool
}

/// Collects the objects of a list, page by page, apart from the index.
package protocol TableCollector: AnyObject {
    /// - Returns: how many objects the page held.
    func add(_ page: JSONValue) -> Int
    func restart()
    /// What puts everything that was collected into an index.
    func finish() -> @Sendable (inout ClusterIndex) -> Void
}

private struct Table<Record: ClusterRecord>: TableKind {
    let place: any WritableKeyPath<ClusterIndex, RecordTable<Record>> & Sendable

    init(_ place: any WritableKeyPath<ClusterIndex, RecordTable<Record>> & Sendable) { self.place = place }

    func makeCollector() -> any TableCollector { Collector(place) }

    func remove(_ object: JSONValue, from index: inout ClusterIndex, _ changed: inout ChangedScopes) {
        let metadata = object["metadata"]
        let namespace = metadata?["namespace"]?.string ?? "", name = metadata?["name"]?.string ?? ""
        guard let old = index[keyPath: place][namespace, name] else { return }
        note(old, index, &changed)
        index[keyPath: place].remove(namespace: namespace, name: name)
        note(old, index, &changed)
        noteOwner(namespace, index, &changed)
    }

    private func note(_ record: Record, _ index: ClusterIndex, _ changed: inout ChangedScopes) {
        if Record.isShared { return changed.insertEverything() }
        changed.insert(record.scopes(in: index))
        if Record.isMentioned { Self.mention(record, &changed) }
    }

    /// A workload that came or went is another owner of its pods.
    private func noteOwner(_ namespace: String, _ index: ClusterIndex, _ changed: inout ChangedScopes) {
        guard Record.isOwner else { return }
        for pod in index.pods.records(in: RecordKey.namespace(namespace)) {
            changed.insert(index.scope(of: pod))
            Self.mention(pod, &changed)
        }
    }

    private static func mention(_ record: some ClusterRecord, _ changed: inout ChangedScopes) {
        changed.insert(mentioned: RecordKey.name(record.namespace, record.name))
        record.eachAlias { changed.insert(mentioned: $0) }
    }

    func copy(from other: ClusterIndex, to index: inout ClusterIndex) { index[keyPath: place] = other[keyPath: place] }

    func set(
        _ object: JSONValue, in index: inout ClusterIndex, _ texts: inout TextInterner, _ changed: inout ChangedScopes
    ) -> Bool {
        guard let record = Record(object, &texts) else { return false }
        let old = index[keyPath: place][record.namespace, record.name]
        // As it lies before and after: events about a pod move with it.
        note(old ?? record, index, &changed)
        if old == nil { noteOwner(record.namespace, index, &changed) }
        index[keyPath: place].set(record)
        note(record, index, &changed)
        return true
    }

    final class Collector: TableCollector {
        private let place: any WritableKeyPath<ClusterIndex, RecordTable<Record>> & Sendable
        private var table = RecordTable<Record>()
        private var texts = TextInterner()

        init(_ place: any WritableKeyPath<ClusterIndex, RecordTable<Record>> & Sendable) { self.place = place }

        func add(_ page: JSONValue) -> Int {
            var count = 0
            for item in page.list("items") {
                count += 1
                if let record = Record(item, &texts) { table.set(record) }
            }
            return count
        }

        func restart() { table.removeAll() }

        func finish() -> @Sendable (inout ClusterIndex) -> Void {
            let place = place, table = table
            return { $0[keyPath: place] = table }
        }
    }
}

/// A kind that only best-practice checks look at: nothing of it is kept here.
private struct PassingTable: TableKind {
    func makeCollector() -> any TableCollector { Counter() }
    func remove(_ object: JSONValue, from index: inout ClusterIndex, _ changed: inout ChangedScopes) {}
    func copy(from other: ClusterIndex, to index: inout ClusterIndex) {}
    func set(
        _ object: JSONValue, in index: inout ClusterIndex, _ texts: inout TextInterner, _ changed: inout ChangedScopes
    ) -> Bool { true }

    final class Counter: TableCollector {
        func add(_ page: JSONValue) -> Int { page["items"]?.view.count ?? 0 }
        func restart() {}
        func finish() -> @Sendable (inout ClusterIndex) -> Void { { _ in } }
    }
}
