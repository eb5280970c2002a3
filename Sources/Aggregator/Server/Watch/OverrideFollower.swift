import ClusterObjects
package import KubernetesAPI
package import Platform
import ServiceLifecycle

/// Reads the cluster's overrides again and again; while they cannot be read, the last ones stay in force, and the
/// report says why.
package struct OverrideFollower: Service {
    static let periodSeconds = 15.0

    let client: KubernetesClient
    let state: ClusterState
    let clock: any WallClock

    package init(client: KubernetesClient, state: ClusterState, clock: any WallClock) {
        self.client = client
        self.state = state
        self.clock = clock
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await Period(seconds: Self.periodSeconds, clock: clock).run { await follow() }
        }
    }

    func follow() async {
        let loaded = await OverrideStore(client: client).load()
        state.update { contents in
            if loaded.problem == nil || contents.overrides.resourceVersion == nil {
                contents.overrides = loaded
            } else {
                contents.overrides.problem = loaded.problem
            }
        }
    }
}
