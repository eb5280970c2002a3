import AggregatorMetrics
import ArgumentParser
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
import Logging
import NIOCore
import Platform
import ServiceLifecycle
import Store
import UnixSignals
import Watch
import Web
import YAML

/// `ke-aggregator serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Receive findings from agents, keep them, and answer reports.")

    @Option(help: "Address that agents write to. Other than on loopback, --tls and --auth kubernetes are needed.")
    var ingest = "127.0.0.1:7470"

    @Option(help: "Address that reports, probes and Prometheus read from.")
    var read = "127.0.0.1:7471"

    @Option(help: "Folder of the embedded store; made when it is not there.")
    var stateDir = "/var/lib/ke-aggregator"

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions

    @Option(help: "File with severities and thresholds of checks, custom checks and exemptions.")
    var config: String?

    @Option(help: "File with overrides and silences, read again when it changes; beside the cluster's ke-overrides.")
    var overrides: String?

    @Option(
        help:
            "TLS: a folder with tls.crt and tls.key, or with ca.crt and ca.key to sign with; `cluster`: our own authority in Secret ke-tls."
    )
    var tls: String?

    @Option(help: "Who may write and read: none (anybody on this machine), or kubernetes (tokens, by its reviews).")
    var auth = Authentication.none

    enum Authentication: String, CaseIterable, ExpressibleByArgument { case none, kubernetes }

    @Flag(help: "Read no cluster, even where a kubeconfig or the pod's own account names one.")
    var noCluster = false

    func run() async throws {
        let clock = SystemClock()
        var logger = Logger(label: "ke-aggregator") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let addresses = (ingest: try ListenAddress(ingest), read: try ListenAddress(read))
        for address in [addresses.ingest, addresses.read] where !address.isLoopback {
            guard tls != nil, auth == .kubernetes else {
                throw CleanExit.failure(
                    "'\(address.host)' is not a loopback address. Nothing is opened to the network without TLS and authentication: give --tls FOLDER and --auth kubernetes."
                )
            }
        }
        do throws(SystemError) {
            try Files.createFolder(stateDir)
        } catch {
            throw CleanExit.failure("The state folder cannot be made: \(error). Choose another with --state-dir.")
        }
        let store: SQLiteStore
        do throws(StoreError) {
            store = try SQLiteStore(
                path: stateDir + "/findings.sqlite", newID: UUID().uuidString.lowercased(), now: clock.now())
        } catch {
            throw CleanExit.failure("The store in \(stateDir) cannot be opened: \(error.message).")
        }
        let client = try client(clock, logger)
        var keeper: ClusterKeeper?
        let settings = try checkSettings()
        if let client {
            keeper = ClusterKeeper(client: client, settings: settings, store: store, clock: clock, logger: logger)
        }
        let metrics = IngestMetrics()
        let configuration = try exporterConfiguration()
        let deliveries = Deliveries(sinks: configuration.sinks.map(\.name))
        let exporters = exporters(configuration, client, keeper, deliveries, clock)
        let routes = IngestRoutes(
            store: store, metrics: metrics, clock: clock, logger: logger, cluster: keeper,
            overrideFile: overrides.map { OverrideFile(path: $0) }, thresholds: settings.agentThresholds,
            deliveries: deliveries)
        var gates: (agent: AgentGate, reader: ReaderGate)?
        if auth == .kubernetes {
            guard let client else {
                throw CleanExit.failure("--auth kubernetes needs a cluster: give --kubeconfig, or run in a pod.")
            }
            let reviewer = TokenReviewer(client: client, clock: clock)
            gates = (
                AgentGate(reviewer: reviewer, client: client, metrics: metrics, clock: clock),
                ReaderGate(reviewer: reviewer, metrics: metrics)
            )
        }
        let material: TLSMaterial?
        do { material = try await self.material(client, clock, logger) } catch let error as CommandFailure {
            throw error
        } catch {
            throw CleanExit.failure("--tls \(tls ?? "") cannot be used: \(error).")
        }
        let services: [any Service] = [
            try door(
                routes.ingestRouter(gate: gates?.agent), addresses.ingest, Self.agentConnectionsMax, material, logger),
            try door(
                routes.readRouter(gate: gates?.reader), addresses.read, Self.readerConnectionsMax, material, logger),
        ]
        let retention = RetentionService(store: store, limits: RetentionLimits(), clock: clock, logger: logger)
        var all: [any Service] = [retention]
        if let material { all.append(material) }
        if let keeper { all.append(keeper) }
        if !exporters.isEmpty {
            all.append(
                ExportService(
                    exporters: exporters, store: store, keeper: keeper, clock: clock, logger: logger, metrics: metrics))
        }
        let group = ServiceGroup(
            configuration: .init(
                services: (all + services).map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        await store.close()
    }

    /// Each agent keeps one; a cluster may have 5,000 nodes, and some reconnect.
    static let agentConnectionsMax = 10_000
    static let readerConnectionsMax = 256
    /// Longer than an agent's heartbeat, so that its connection lives on.
    static let idleSeconds: Int64 = 90

    private func exporterConfiguration() throws -> ExporterConfiguration {
        guard let config else { return ExporterConfiguration() }
        do {
            return try ExporterConfiguration.read(try CheckOptions.read(config, "--config"), file: config)
        } catch let problem as DocumentProblem {
            throw CommandFailure(message: problem.description)
        }
    }

    /// What `exporters:` of the configuration switches on.
    private func exporters(
        _ configuration: ExporterConfiguration, _ client: KubernetesClient?, _ keeper: ClusterKeeper?,
        _ deliveries: Deliveries, _ clock: any WallClock
    ) -> [any Exporter] {
        var made: [any Exporter] = []
        if let client {
            if configuration.kinds.contains(.events) {
                made.append(EventWriter(client: client, startedAt: clock.now()))
            }
            if configuration.kinds.contains(.nodeConditions) {
                made.append(NodeConditionWriter(client: client) { keeper?.setConditionStorm($0) })
            }
        }
        let http = HTTPClient()
        return made
            + configuration.sinks.map { Notifier($0, http: http, folder: stateDir, deliveries: deliveries) }
    }

    private func material(
        _ client: KubernetesClient?, _ clock: any WallClock, _ logger: Logger
    ) async throws -> TLSMaterial? {
        guard let tls else { return nil }
        if tls != "cluster" { return try await TLSMaterial(.folder(tls), clock: clock, logger: logger) }
        guard let client else { throw CleanExit.failure("--tls cluster needs a cluster.") }
        return try await TLSMaterial(
            .secret(SecretAuthority(client: client, clock: clock)), clock: clock, logger: logger)
    }

    private func door(
        _ router: Router<BasicRequestContext>, _ address: ListenAddress, _ connections: Int, _ material: TLSMaterial?,
        _ logger: Logger
    ) throws -> any Service {
        let limiter = ConnectionLimiter()
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [limiter.handler()], idleTimeout: .seconds(Self.idleSeconds)))
        let builder: HTTPServerBuilder
        if let material {
            builder = try .tls(plain, tlsConfiguration: material.configuration())
        } else {
            builder = plain
        }
        return Application(
            router: router, server: builder,
            configuration: .init(
                address: .hostname(address.bound, port: address.port), serverName: "ke-aggregator",
                availableConnectionsDelegate: .maximum(connections, logger: logger)),
            logger: logger)
    }

    /// Only a cluster that is named or around this program is read: a kubeconfig that happens to lie about is not.
    private func client(_ clock: any WallClock, _ logger: Logger) throws -> KubernetesClient? {
        let environment = ProcessInfo.processInfo.environment
        let isNamed =
            connection.kubeconfig != nil || connection.context != nil || connection.server != nil
            || environment["KUBECONFIG"] != nil || InCluster.connection(environment: environment) != nil
        guard !noCluster, isNamed, let target = try connection.connection(environment: environment) else { return nil }
        logger.info("The cluster is watched.", metadata: ["name": "\(target.name)", "server": "\(target.server)"])
        return try connection.client(target, clock: clock)
    }

    private func checkSettings() throws -> EvaluationSettings {
        guard let config else { return EvaluationSettings() }
        switch CheckConfiguration.load(config: (try CheckOptions.read(config, "--config"), config)) {
        case .success(let made): return made
        case .failure(let error): throw CommandFailure(message: error.description)
        }
    }
}

/// `host:port` to listen on.
struct ListenAddress: Equatable {
    let host: String
    let port: Int

    /// `*` is every address of this machine, of both families where it has both.
    var bound: String { host == "*" ? (Self.hasIPv6 ? "::" : "0.0.0.0") : host }

    private static var hasIPv6: Bool { ((try? Files.text("/proc/net/if_inet6")) ?? "").isEmpty == false }

    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon != text.startIndex
        else { throw CleanExit.failure("'\(text)' is not host:port.") }
        host = String(text[..<colon]).trimmingCharacters(in: ["[", "]"])
        self.port = port
    }
}

extension CleanExit {
    /// A message for people on standard error and exit status 1, without a usage text.
    static func failure(_ message: String) -> any Error { CommandFailure(message: message) }
}
