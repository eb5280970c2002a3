package import KubernetesAPI
import Platform

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
    /// Why members could not be asked; nil: they were.
    package var memberProblem: APIError?
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

    /// Read to the end, as far as the rights reach.
    package func isRead(_ kind: ClusterKind) -> Bool { states[kind].map { $0.problem == nil } ?? false }

    /// Whether what is not in the index is not in the cluster either: the kind was read to the end, and there. A check
    /// that concludes anything from an absence, or counts, asks this first.
    /// - Parameter namespace: where an object of a namespaced kind would be; nil: anywhere.
    package func isComplete(_ kind: ClusterKind, in namespace: String? = nil) -> Bool {
        guard isRead(kind) else { return false }
        guard kind.isNamespaced, let only = states[kind]?.onlyNamespace ?? self.namespace else { return true }
        return only == namespace
    }
}
