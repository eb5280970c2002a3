package import KubernetesAPI
package import Platform

/// The outcome of reading one kind.
package struct KindState: Sendable, Equatable {
    var objects = 0
    var pages = 0
    /// The server's clock when it was read; this machine's where the server sends none.
    package var date: Timestamp
    package var resourceVersion = ""
    /// Why it is not whole. What was read counts; what is missing may not have been read.
    package var problem: APIError?
    /// Read in one namespace only, because the whole cluster is forbidden.
    package var isNarrowed = false

    package init(
        objects: Int = 0, pages: Int = 0, date: Timestamp, resourceVersion: String = "", problem: APIError? = nil,
        isNarrowed: Bool = false
    ) {
        self.objects = objects
        self.pages = pages
        self.date = date
        self.resourceVersion = resourceVersion
        self.problem = problem
        self.isNarrowed = isNarrowed
    }
}

/// `GET /readyz?verbose`, line by line.
package struct ReadyzAnswer: Sendable, Equatable {
    package struct Line: Sendable, Equatable {
        package var name: String
        /// `[+]`: true; `[-]`: false; excluded or anything else: nil.
        package var isGood: Bool?
        package var text: String
    }

    package var lines: [Line] = []

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let rest = line.dropFirst(3)
            let name = String(rest.prefix { $0 != " " })
            if rest.contains("excluded") {
                lines.append(Line(name: name, isGood: nil, text: String(line)))
            } else if line.hasPrefix("[+]") {
                lines.append(Line(name: name, isGood: true, text: String(line)))
            } else if line.hasPrefix("[-]") {
                lines.append(Line(name: name, isGood: false, text: String(line)))
            }
        }
    }
}

/// An API that clients still ask for and that will be gone (`apiserver_requested_deprecated_apis`).
package struct DeprecatedRequest: Sendable, Equatable {
    package var group: String
    package var version: String
    package var resource: String
    /// `1.25`
    package var removedRelease: String
}

/// Everything that was read from one cluster, trimmed.
package struct ClusterIndex: Sendable {
    package var name: String
    /// `v1.31.4`; empty when it could not be read.
    package var serverVersion = ""
    package var states: [ClusterKind: KindState] = [:]
    /// The namespace that everything is limited to; nil: all.
    package var namespace: String?

    package var nodes = RecordTable<NodeRecord>()
    package var leases = RecordTable<LeaseRecord>()
    package var pods = RecordTable<PodRecord>()
    package var events = RecordTable<EventRecord>()
    package var namespaces = RecordTable<NamespaceRecord>()
    package var componentstatuses = RecordTable<ComponentStatusRecord>()
    package var deployments = RecordTable<WorkloadRecord>()
    package var statefulsets = RecordTable<WorkloadRecord>()
    /// Mistakes in node-problem-detector's own ConfigMap, by key.
    package var ruleProblems: [String: String] = [:]
    /// Why conditions of nodes are held back; nil: they are not.
    package var conditionStorm: String?
    package var daemonsets = RecordTable<WorkloadRecord>()
    package var jobs = RecordTable<JobRecord>()
    package var cronjobs = RecordTable<CronJobRecord>()
    package var services = RecordTable<ServiceRecord>()
    package var endpointslices = RecordTable<EndpointSliceRecord>()
    package var ingresses = RecordTable<IngressRecord>()
    package var ingressclasses = RecordTable<IngressClassRecord>()
    package var horizontalpodautoscalers = RecordTable<AutoscalerRecord>()
    package var poddisruptionbudgets = RecordTable<DisruptionBudgetRecord>()
    package var resourcequotas = RecordTable<QuotaRecord>()
    package var persistentvolumeclaims = RecordTable<ClaimRecord>()
    package var storageclasses = RecordTable<StorageClassRecord>()
    package var validatingwebhookconfigurations = RecordTable<WebhookConfigurationRecord>()
    package var mutatingwebhookconfigurations = RecordTable<WebhookConfigurationRecord>()
    package var apiservices = RecordTable<APIServiceRecord>()
    package var clusterroles = RecordTable<ClusterRoleRecord>()
    package var clusterrolebindings = RecordTable<ClusterRoleBindingRecord>()
    package var secrets = RecordTable<SecretRecord>()
    package var readyz: ReadyzAnswer?
    package var metrics = ServerMetrics()
    /// The API server's members by address, and what is wrong with each; empty: nothing.
    package var members: [String: String] = [:]
    /// The API server has not answered several times in a row.
    package var isUnreachable = false
    /// The API endpoint's certificates from the handshake, leaf first.
    package var chain = CertificateBundle()
    /// The client certificate that this report logs in with.
    package var clientCertificate = CertificateBundle()

    package init(name: String) { self.name = name }

    /// When component statuses were observed, for those that have no time of their own.
    mutating func stampComponentStatuses(_ date: Timestamp) {
        for var record in componentstatuses.records where record.observed == nil {
            record.observed = date
            componentstatuses.set(record)
        }
    }

    /// Takes some kinds over from a later reading.
    package mutating func replace(_ kinds: Set<ClusterKind>, from other: ClusterIndex) {
        for kind in kinds where other.states[kind] != nil {
            states[kind] = other.states[kind]
            ClusterTables.table(of: kind)?.copy(from: other, to: &self)
        }
        if kinds.contains(.readyz) { readyz = other.readyz }
        if kinds.contains(.metrics) { metrics = other.metrics }
        if kinds.contains(.handshake) { chain = other.chain }
        if !other.members.isEmpty { members = other.members }
    }

    /// Read, and whole: what is not in it is not there.
    package func isComplete(_ kind: ClusterKind) -> Bool {
        guard let state = states[kind] else { return false }
        return state.problem == nil
    }

    /// Something of it was read.
    func isUsable(_ kind: ClusterKind) -> Bool { states[kind].map { $0.problem == nil || $0.objects > 0 } ?? false }
}

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
    func remove(_ object: JSONValue, from index: inout ClusterIndex)
    func copy(from other: ClusterIndex, to index: inout ClusterIndex)
    /// - Returns: whether it is an object of this kind.
    func set(_ object: JSONValue, in index: inout ClusterIndex, _ texts: inout TextInterner) -> Bool
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

    func remove(_ object: JSONValue, from index: inout ClusterIndex) {
        let metadata = object["metadata"]
        index[keyPath: place].remove(
            namespace: metadata?["namespace"]?.string ?? "", name: metadata?["name"]?.string ?? "")
    }

    func copy(from other: ClusterIndex, to index: inout ClusterIndex) { index[keyPath: place] = other[keyPath: place] }

    func set(_ object: JSONValue, in index: inout ClusterIndex, _ texts: inout TextInterner) -> Bool {
        guard let record = Record(object, &texts) else { return false }
        index[keyPath: place].set(record)
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
    func remove(_ object: JSONValue, from index: inout ClusterIndex) {}
    func copy(from other: ClusterIndex, to index: inout ClusterIndex) {}
    func set(_ object: JSONValue, in index: inout ClusterIndex, _ texts: inout TextInterner) -> Bool { true }

    final class Counter: TableCollector {
        func add(_ page: JSONValue) -> Int { page["items"]?.view.count ?? 0 }
        func restart() {}
        func finish() -> @Sendable (inout ClusterIndex) -> Void { { _ in } }
    }
}
