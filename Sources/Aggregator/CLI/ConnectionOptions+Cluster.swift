import Foundation
import KubernetesAPI
import Platform

extension ConnectionOptions {
    /// Whether a flag or the environment names a cluster, beyond a kubeconfig that merely exists.
    func isNamed(environment: [String: String]) -> Bool {
        kubeconfig != nil || context != nil || server != nil || environment["KUBECONFIG"] != nil
            || InCluster.connection(environment: environment) != nil
    }

    /// A client of the cluster that flags and environment name.
    /// - Parameter message: what to say where they name none.
    /// - Throws: `CommandFailure` where they name none.
    func requiredCluster(
        _ clock: any WallClock, else message: String = "There is no cluster. Name one with --kubeconfig or --server."
    ) throws -> KubernetesClient {
        guard let target = try connection(environment: ProcessInfo.processInfo.environment) else {
            throw CommandFailure(message: message)
        }
        return try client(target, clock: clock)
    }
}
