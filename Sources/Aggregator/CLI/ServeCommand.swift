import AggregatorRuntime
import ArgumentParser
import CheckModel
import Evaluation
import Export
import Foundation
import KubernetesAPI
import Logging
import Platform
import YAML

/// `ke-aggregator serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Receive findings from agents, store them, and serve reports.")

    @Option(help: "Address for agents. Anything but loopback requires --tls and --auth kubernetes.")
    var ingest = "127.0.0.1:7470"

    @Option(help: "Address for reports and Prometheus.")
    var read = "127.0.0.1:7471"

    @Option(help: "Address for probes, without TLS: /healthz and /readyz. The other two answer them as well.")
    var probe: String?

    @Option(help: "Folder of the embedded store; created when missing.")
    var stateDir = "/var/lib/ke-aggregator"

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions

    @Option(help: "Configuration file: severities and thresholds of checks, custom checks, exemptions.")
    var config: String?

    @Option(
        help:
            "File with overrides and silences, read again when it changes; in addition to the cluster's ConfigMap ke-overrides."
    )
    var overrides: String?

    @Option(
        help:
            "TLS: a folder with tls.crt and tls.key, or with ca.crt and ca.key to sign with; `cluster`: KubeEye's own CA in Secret ke-tls."
    )
    var tls: String?

    @Option(
        help:
            "Who may write and read: none (anybody on this machine), or kubernetes (tokens, verified by the API server)."
    )
    var auth = Authentication.none

    enum Authentication: String, CaseIterable, ExpressibleByArgument { case none, kubernetes }

    @Flag(help: "Do not read a cluster, even if a kubeconfig or the pod's service account names one.")
    var noCluster = false

    func run() async throws {
        let clock = SystemClock()
        var logger = Logger(label: Names.aggregator) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let configuration = AggregatorConfiguration(
            ingest: try ListenAddress(ingest), read: try ListenAddress(read), stateFolder: stateDir,
            client: try client(clock, logger), settings: try checkSettings(), exporters: try exporters(),
            overrideFile: overrides,
            tls: tls.map { $0 == "cluster" ? .cluster : .folder($0) } ?? .none, needsTokens: auth == .kubernetes,
            probe: try probe.map { try ListenAddress($0) })
        try await AggregatorRuntime(configuration, clock: clock, logger: logger).run()
    }

    /// Only a cluster that is named or around this program is read: a kubeconfig that merely exists is not.
    private func client(_ clock: any WallClock, _ logger: Logger) throws -> KubernetesClient? {
        let environment = ProcessInfo.processInfo.environment
        guard !noCluster, connection.isNamed(environment: environment),
            let target = try connection.connection(environment: environment)
        else { return nil }
        logger.info("Watching the cluster.", metadata: ["name": "\(target.name)", "server": "\(target.server)"])
        return try connection.client(target, clock: clock)
    }

    private func checkSettings() throws -> EvaluationSettings {
        guard let config else { return EvaluationSettings() }
        switch CheckConfiguration.load(config: (try CheckOptions.read(config, "--config"), config)) {
        case .success(let settings): return settings
        case .failure(let error): throw CommandFailure(message: error.description)
        }
    }

    private func exporters() throws -> ExporterConfiguration {
        guard let config else { return ExporterConfiguration() }
        do {
            return try ExporterConfiguration.read(try CheckOptions.read(config, "--config"), file: config)
        } catch let problem as DocumentProblem {
            throw CommandFailure(message: problem.description)
        }
    }
}
