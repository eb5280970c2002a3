import ArgumentParser
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Shared
import UnixSignals

/// `ke-aggregator serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Receive findings from agents, keep them, and answer reports.")

    @Option(help: "Address that agents write to. Loopback only: without TLS and authentication nothing else is opened.")
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

    @Flag(help: "Read no cluster, even where a kubeconfig or the pod's own account names one.")
    var noCluster = false

    func run() async throws {
        let clock = SystemClock()
        var logger = Logger(label: "ke-aggregator") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let ingestAddress = try LoopbackAddress(ingest)
        let readAddress = try LoopbackAddress(read)
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
        let keeper = try keeper(store, clock, logger)
        let routes = IngestRoutes(
            store: store, metrics: IngestMetrics(), clock: clock, logger: logger, cluster: keeper,
            overrideFile: overrides.map { OverrideFile(path: $0) })
        let doors = [(routes.ingestRouter(), ingestAddress), (routes.readRouter(), readAddress)]
        let services: [any Service] = doors.map { router, address in
            Application(
                router: router,
                configuration: .init(address: .hostname(address.host, port: address.port), serverName: "ke-aggregator"),
                logger: logger)
        }
        let retention = RetentionService(store: store, limits: RetentionLimits(), clock: clock, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: ([retention] + (keeper.map { [$0] } ?? []) + services).map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        await store.close()
    }

    /// Only a cluster that is named or around this program is read: a kubeconfig that happens to lie about is not.
    private func keeper(_ store: any Store, _ clock: any WallClock, _ logger: Logger) throws -> ClusterKeeper? {
        let environment = ProcessInfo.processInfo.environment
        let isNamed =
            connection.kubeconfig != nil || connection.context != nil || connection.server != nil
            || environment["KUBECONFIG"] != nil || InCluster.connection(environment: environment) != nil
        guard !noCluster, isNamed, let target = try connection.connection(environment: environment) else { return nil }
        var settings = CheckSettings()
        if let config {
            switch CheckConfiguration.load(config: (try CheckOptions.read(config, "--config"), config)) {
            case .success(let made): settings = made
            case .failure(let error): throw CommandFailure(message: error.description)
            }
        }
        logger.info("The cluster is watched.", metadata: ["name": "\(target.name)", "server": "\(target.server)"])
        return ClusterKeeper(
            client: try connection.client(target, clock: clock), settings: settings, store: store, clock: clock,
            logger: logger)
    }
}

/// `host:port` on this machine's loopback. Other addresses need TLS and authentication, which the cluster
/// deployment brings; until then opening one would show every node's findings to the network.
struct LoopbackAddress: Equatable {
    let host: String
    let port: Int

    init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw CleanExit.failure("'\(text)' is not host:port.") }
        host = String(text[..<colon]).trimmingCharacters(in: ["[", "]"])
        self.port = port
        guard host == "localhost" || host == "::1" || host.hasPrefix("127.") else {
            throw CleanExit.failure(
                "'\(host)' is not a loopback address. Nothing is opened to the network without TLS and authentication.")
        }
    }
}

extension CleanExit {
    /// A message for people on standard error and exit status 1, without a usage text.
    static func failure(_ message: String) -> any Error { CommandFailure(message: message) }
}
