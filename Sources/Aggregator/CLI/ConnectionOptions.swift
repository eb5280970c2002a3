import ArgumentParser
import Foundation
import HTTP
import KubernetesAPI
import Platform

/// kubectl's own flags, with kubectl's meaning.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Path of the kubeconfig (default: $KUBECONFIG, then ~/.kube/config, then the pod's service account).")
    var kubeconfig: String?

    @Option(help: "Kubeconfig context to use.")
    var context: String?

    @Option(help: "Kubeconfig cluster to use.")
    var cluster: String?

    @Option(help: "Kubeconfig user to use.")
    var user: String?

    @Option(name: [.customShort("s"), .long], help: "Address of the API server.")
    var server: String?

    @Option(help: "Bearer token for the API server.")
    var token: String?

    @Option(name: .customLong("as"), help: "User to impersonate.")
    var asUser: String?

    @Option(name: .customLong("as-group"), help: "Group to impersonate; may be repeated.")
    var asGroups: [String] = []

    @Option(help: "CA certificate file to verify the API server with.")
    var certificateAuthority: String?

    @Flag(help: "Do not verify the API server's certificate. The connection can then be intercepted.")
    var insecureSkipTlsVerify = false

    @Option(help: "Timeout of one request, for example 30s; 0 means five minutes.")
    var requestTimeout = "60s"

    @Option(name: .shortAndLong, help: "Only this namespace; only namespaced URLs are requested.")
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "All namespaces; the default without -n.")
    var allNamespaces = false

    var overrides: Kubeconfig.Overrides {
        Kubeconfig.Overrides(
            context: context, cluster: cluster, user: user, server: server, token: token, asUser: asUser,
            asGroups: asGroups,
            namespace: namespace, certificateAuthority: certificateAuthority, skipsTLSVerify: insecureSkipTlsVerify)
    }

    /// nil: all namespaces.
    var wantedNamespace: String? { allNamespaces ? nil : namespace }

    /// The connection that these flags and the environment name; nil: nothing names a cluster.
    /// - Parameter other: a context to take instead of the one of the flags.
    func connection(environment: [String: String], context other: String? = nil) throws -> ClusterConnection? {
        let files = try loaded(environment)
        var flags = overrides
        if let other { flags.context = other }
        if !files.isEmpty || flags.server != nil { return try files.connection(flags) }
        if kubeconfig != nil || flags.context != nil || flags.cluster != nil || flags.user != nil {
            return try files.connection(flags)
        }
        guard var own = InCluster.connection(environment: environment) else { return nil }
        if let token { own.credential = .token(token) }
        if let asUser { own.impersonation = .init(user: asUser, groups: asGroups) }
        if let namespace { own.namespace = namespace }
        return own
    }

    func loaded(_ environment: [String: String]) throws -> Kubeconfig {
        do throws(KubeconfigError) { return try Kubeconfig.load(explicit: kubeconfig, environment: environment) } catch
        {
            throw CommandFailure(message: error.description)
        }
    }

    func client(_ connection: ClusterConnection, clock: any WallClock) throws -> KubernetesClient {
        var client = KubernetesClient(connection, http: HTTPClient(), clock: clock)
        do throws(GoDuration.Problem) {
            let seconds = try GoDuration.seconds(requestTimeout)
            client.timeoutSeconds = seconds <= 0 ? 300 : seconds
        } catch {
            throw CommandFailure(message: "--request-timeout: \(error).")
        }
        return client
    }
}
