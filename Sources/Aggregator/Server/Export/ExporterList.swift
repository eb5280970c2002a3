import Documents
package import HTTP
package import KubernetesAPI
package import Platform
package import Watch

/// All exporters. A new one is a file with its `Exporter` and its entry, and a line here.
package enum ExporterList {
    package static let all: [ExporterEntry] = [
        EventWriter.entry,
        NodeConditionWriter.entry,
        Notifier.entry,
    ]

    package static var ids: [String] { all.map(\.id) }

    /// Those of an installation that names none.
    package static var defaults: Set<String> { Set(all.filter(\.isDefault).map(\.id)) }
}

/// What an exporter brings beside its `Exporter`: its part of the configuration, its rights, and its construction.
package struct ExporterEntry: Sendable {
    /// The field under `exporters:`, the name in `install --exporters` and the label in metrics.
    package let id: String
    /// Whether an installation that names no exporters runs it.
    package let isDefault: Bool
    /// What it writes to the API server beyond what checks read.
    package let rights: [AccessRule]
    /// Reads the field `id` of `exporters:`; nil: it is switched off, or has a mistake that the reader reports.
    let plan: @Sendable (inout FieldReader) -> ExporterPlan?
    /// Removes from the cluster what it wrote and what does not go by itself.
    /// - Returns: a line for people; nil: nothing was there.
    package let cleanUp: @Sendable (KubernetesClient) async throws -> String?

    init(
        id: String, isDefault: Bool = false, rights: [AccessRule] = [],
        cleanUp: @escaping @Sendable (KubernetesClient) async throws -> String? = { _ in nil },
        plan: @escaping @Sendable (inout FieldReader) -> ExporterPlan?
    ) {
        self.id = id
        self.isDefault = isDefault
        self.rights = rights
        self.cleanUp = cleanUp
        self.plan = plan
    }
}

/// An exporter that the configuration switches on.
package struct ExporterPlan: Sendable {
    /// Sinks whose deliveries are recorded, by name: what `ke drill` waits for.
    package var sinks: [String] = []
    /// Empty where something that it needs is not there.
    package var make: @Sendable (ExporterEnvironment) -> [any Exporter]
}

/// What exporters are built from.
package struct ExporterEnvironment: Sendable {
    /// nil: there is no cluster.
    package var client: KubernetesClient?
    package var cluster: ClusterState?
    package var http: HTTPClient
    /// For what must survive a restart.
    package var stateFolder: String
    package var deliveries: Deliveries
    package var clock: any WallClock

    package init(
        client: KubernetesClient?, cluster: ClusterState?, http: HTTPClient, stateFolder: String,
        deliveries: Deliveries, clock: any WallClock
    ) {
        self.client = client
        self.cluster = cluster
        self.http = http
        self.stateFolder = stateFolder
        self.deliveries = deliveries
        self.clock = clock
    }
}
