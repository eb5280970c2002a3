import HTTP
import Platform

/// The connection of a pod to its own API server (kubernetes.io/docs/tasks/run-application/access-api-from-pod).
package enum InCluster {
    static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// nil outside a cluster.
    package static func connection(environment: [String: String], folder: String = InCluster.folder)
        -> ClusterConnection?
    {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"],
            !host.isEmpty, !port.isEmpty, Files.exists("\(folder)/token")
        else { return nil }
        var connection = ClusterConnection(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", name: "in-cluster")
        connection.tls.certificateAuthority = "\(folder)/ca.crt"
        connection.credential = .tokenFile("\(folder)/token")
        if let namespace = try? Files.text("\(folder)/namespace"), !namespace.isEmpty {
            connection.namespace = namespace
        }
        return connection
    }
}
