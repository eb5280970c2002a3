import ClusterObjects
package import KubernetesAPI
package import Logging
package import Platform
package import ServiceLifecycle
package import Store

/// Everything that publishes to a `ClusterState`.
package enum ClusterServices {
    package static func all(
        _ state: ClusterState, client: KubernetesClient, store: any Store, clock: any WallClock, logger: Logger
    ) -> [any Service] {
        [
            ClusterWatcher(client: client, state: state, clock: clock, logger: logger),
            OverrideFollower(client: client, state: state, clock: clock),
            NPDConfigImporter(store: RuleStore(client: client, clock: clock), state: state, clock: clock),
            VersionRecorder(state: state, store: store, clock: clock, logger: logger),
        ]
    }
}
