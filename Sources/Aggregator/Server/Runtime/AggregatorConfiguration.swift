package import Evaluation
package import Export
package import KubernetesAPI
import Platform

/// What `ke-aggregator serve` was asked to be.
package struct AggregatorConfiguration: Sendable {
    package enum TLS: Sendable, Equatable {
        case none
        /// With `tls.crt` and `tls.key`, or with `ca.crt` and `ca.key` to sign with.
        case folder(String)
        /// Our own authority in Secret `ke-tls` of the cluster.
        case cluster
    }

    /// Agents write to it.
    package var ingest: ListenAddress
    /// Reports and Prometheus read from it.
    package var read: ListenAddress
    /// Probes ask it; says nothing but whether the program lives and is ready. nil: they ask the others.
    package var probe: ListenAddress?
    /// Of the embedded store; created when it is not there.
    package var stateFolder: String
    /// nil: there is no cluster.
    package var client: KubernetesClient?
    package var settings: EvaluationSettings
    package var exporters: ExporterConfiguration
    /// A file with overrides, beside those of the cluster.
    package var overrideFile: String?
    package var tls: TLS
    /// Whether writers and readers show tokens that the cluster reviews.
    package var needsTokens: Bool

    package init(
        ingest: ListenAddress, read: ListenAddress, stateFolder: String, client: KubernetesClient? = nil,
        settings: EvaluationSettings = EvaluationSettings(), exporters: ExporterConfiguration = ExporterConfiguration(),
        overrideFile: String? = nil, tls: TLS = .none, needsTokens: Bool = false, probe: ListenAddress? = nil
    ) {
        self.probe = probe
        self.ingest = ingest
        self.read = read
        self.stateFolder = stateFolder
        self.client = client
        self.settings = settings
        self.exporters = exporters
        self.overrideFile = overrideFile
        self.tls = tls
        self.needsTokens = needsTokens
    }

    /// - Throws: what would open a port to the network without protection, or needs a cluster that is not named.
    func validate() throws(CommandFailure) {
        for address in [ingest, read] where !address.isLoopback && (tls == .none || !needsTokens) {
            throw CommandFailure(
                message:
                    "'\(address.host)' is not a loopback address. Listening on the network requires TLS and authentication: give --tls FOLDER and --auth kubernetes."
            )
        }
        if needsTokens, client == nil {
            throw CommandFailure(message: "--auth kubernetes needs a cluster: give --kubeconfig, or run in a pod.")
        }
        if tls == .cluster, client == nil { throw CommandFailure(message: "--tls cluster needs a cluster.") }
    }
}
