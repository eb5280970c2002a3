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
        let routes = IngestRoutes(store: store, metrics: IngestMetrics(), clock: clock, logger: logger)
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
                services: ([retention] + services).map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        await store.close()
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

struct CommandFailure: Error, LocalizedError, CustomStringConvertible {
    let message: String
    var description: String { message }
    var errorDescription: String? { message }
}
