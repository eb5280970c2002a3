import AggregatorMetrics
import Auth
import CheckModel
import Evaluation
import Export
import Foundation
import HTTP
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import KubernetesAPI
package import Logging
import NIOCore
package import Platform
import ServiceLifecycle
import Store
import UnixSignals
import Watch
import Web

/// The composition root: builds store, watchers, exporters and both servers from a configuration, and runs them until a
/// signal.
package struct AggregatorRuntime: Sendable {
    /// Each agent keeps one; a cluster may have 5,000 nodes, and some reconnect.
    static let agentConnectionsMax = 10_000
    static let readerConnectionsMax = 256
    static let probeConnectionsMax = 64
    /// Longer than an agent's heartbeat, so that its connection lives on.
    static let idleSeconds: Int64 = 90

    let configuration: AggregatorConfiguration
    let clock: any WallClock
    let logger: Logger

    package init(_ configuration: AggregatorConfiguration, clock: any WallClock, logger: Logger) {
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
    }

    /// - Throws: `CommandFailure` for what people can put right.
    package func run() async throws {
        try configuration.validate()
        let store = try openStore()
        do {
            let services = try await services(store)
            let group = ServiceGroup(
                configuration: .init(
                    services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger))
            try await group.run()
        } catch {
            await close(store)
            throw error
        }
        await close(store)
    }

    private func openStore() throws(CommandFailure) -> RecoveringStore {
        let folder = configuration.stateFolder
        do throws(SystemError) { try Files.createFolder(folder) } catch {
            throw CommandFailure(
                message: "The state folder cannot be created: \(error). Choose another with --state-dir.")
        }
        do throws(StoreError) {
            return try RecoveringStore(
                path: folder + "/findings.sqlite", makeID: { UUID().uuidString.lowercased() }, clock: clock,
                noteLoss: { [logger] reason in
                    logger.error(
                        "The store was damaged and is replaced by an empty one; agents fill it again.",
                        metadata: ["reason": "\(reason)", "folder": "\(folder)"])
                })
        } catch {
            throw CommandFailure(message: "The store in \(folder) cannot be opened: \(error.message).")
        }
    }

    private func close(_ store: any Store) async {
        guard let problem = await store.close() else { return }
        logger.error("The store could not be closed cleanly.", metadata: ["reason": "\(problem.message)"])
    }

    /// In the order in which they start; they stop in the reverse order, so the servers first.
    private func services(_ plain: any Store) async throws -> [any Service] {
        let metrics = IngestMetrics()
        let cluster = configuration.client.map {
            ClusterState(name: $0.connection.name, settings: configuration.settings, clock: clock)
        }
        let overrideFile = configuration.overrideFile.map { OverrideFile(path: $0) }
        let states = StateEvaluator(
            cluster: cluster, store: plain, overrides: { overrideFile?.current.set ?? OverrideSet() }, clock: clock,
            logger: logger)
        let store = ObservedStore(plain) { batch, now in states.note(batch, at: now) }
        let evaluator = ReportEvaluator(cluster: cluster, states: states, clock: clock)
        let deliveries = Deliveries(sinks: configuration.exporters.sinks)
        let status = ExporterStatus()
        let routes = AggregatorRoutes(
            store: store, metrics: metrics, clock: clock, logger: logger, cluster: cluster,
            client: configuration.client, overrideFile: overrideFile, evaluator: evaluator,
            thresholds: configuration.settings.agentThresholds, deliveries: deliveries, exporters: status)
        let material = try await material()
        let access = access(metrics)

        var services: [any Service] = [
            RetentionService(store: store, limits: RetentionLimits(), clock: clock, logger: logger), states,
        ]
        if let material { services.append(material) }
        if let cluster, let client = configuration.client {
            services += ClusterServices.all(cluster, client: client, store: store, clock: clock, logger: logger)
        }
        let exporters = configuration.exporters.exporters(
            ExporterEnvironment(
                client: configuration.client, cluster: cluster, http: HTTPClient(),
                stateFolder: configuration.stateFolder, deliveries: deliveries, clock: clock))
        if !exporters.isEmpty {
            services.append(
                ExportService(
                    exporters: exporters, store: store, evaluator: evaluator,
                    clock: clock, logger: logger, metrics: metrics, status: status,
                    overrides: { overrideFile?.current.set ?? OverrideSet() }))
        }
        services.append(
            try server(
                routes.ingestRouter(authenticator: access?.agents), configuration.ingest, Self.agentConnectionsMax,
                material, compresses: false))
        services.append(
            try server(
                routes.readRouter(authorizer: access?.readers), configuration.read, Self.readerConnectionsMax, material,
                compresses: true))
        if let probe = configuration.probe {
            services.append(
                try server(routes.probeRouter(), probe, Self.probeConnectionsMax, nil, compresses: false))
        }
        return services
    }

    /// nil: no tokens are required; any client that reaches a port may use it.
    private func access(_ metrics: IngestMetrics) -> (agents: AgentAuthenticator, readers: ReaderAuthorizer)? {
        guard configuration.needsTokens, let client = configuration.client else { return nil }
        let reviewer = TokenReviewer(client: client, clock: clock)
        return (
            AgentAuthenticator(reviewer: reviewer, client: client, metrics: metrics, clock: clock),
            ReaderAuthorizer(reviewer: reviewer, metrics: metrics)
        )
    }

    private func material() async throws(CommandFailure) -> TLSMaterial? {
        let source: TLSMaterial.Source
        let name: String
        switch configuration.tls {
        case .none: return nil
        case .folder(let folder): (source, name) = (.folder(folder), folder)
        case .cluster:
            guard let client = configuration.client else { return nil }
            (source, name) = (.secret(SecretAuthority(client: client, clock: clock)), "cluster")
        }
        do { return try await TLSMaterial(source, clock: clock, logger: logger) } catch {
            throw CommandFailure(message: "--tls \(name) cannot be used: \(error).")
        }
    }

    private func server(
        _ router: Router<CallerContext>, _ address: ListenAddress, _ connectionsMax: Int,
        _ material: TLSMaterial?, compresses: Bool
    ) throws -> any Service {
        let limiter = ConnectionLimiter()
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: Self.handlers(limiter, compresses: compresses),
                idleTimeout: .seconds(Self.idleSeconds)))
        let builder =
            if let material {
                try HTTPServerBuilder.tls(plain, tlsConfiguration: material.configuration())
            } else {
                plain
            }
        return Application(
            router: router, server: builder,
            configuration: .init(
                address: .hostname(address.bound, port: address.port), serverName: Names.aggregator,
                availableConnectionsDelegate: .maximum(connectionsMax, logger: logger)),
            logger: logger)
    }

    static func handlers(
        _ limiter: ConnectionLimiter, compresses: Bool
    ) -> [any RemovableChannelHandler] {
        [limiter.handler(), RequestDeadline.Installer()] + (compresses ? [ResponseCompression()] : [])
    }
}
