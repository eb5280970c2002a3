package import CheckModel
import Checks
import ClusterIndex
import ClusterObjects
import Evaluation
package import KubernetesAPI
package import Platform
import Practice
package import Report
package import Store
import Wire

extension ReportEvaluator {
    /// Nodes of a workload's pods that are looked at.
    private static let whyNodesMax = 16

    /// What the timeline of one object is made from: the state that reports read, and what the store holds of its
    /// nodes.
    /// - Parameters:
    ///   - since: how far back the timeline goes.
    ///   - more: overrides beside those of the cluster's ConfigMap.
    /// - Returns: nil: no cluster is watched.
    package func why(
        _ target: WhyReader.Target, namespace: String, since: Timestamp, client: KubernetesClient, store: any Store,
        more: OverrideSet
    ) async throws(StoreError) -> WhyReader? {
        guard let cluster else { return nil }
        let now = clock.now(), index = cluster.index
        let shared = try await shared(ReportOptions(), more: more) { () async throws(StoreError) -> Snapshot in
            try await store.snapshot(since: now - Evaluation.resolvedSeconds, now: now)
        }
        let nodes = Self.nodes(target, namespace, index)
        let told = try await store.snapshot(of: nodes, since: since, now: now)
        var settings = cluster.settings
        settings.overrides.entries += cluster.overrides.entries + more.entries
        let evaluation = Evaluation(
            index: index, snapshot: told, settings: settings, now: now,
            windowSeconds: max(now.seconds(since: since), Seconds.perHour))
        var scopes = Set(nodes.map { ClusterScope.node($0) })
        if case .node = target {} else { scopes.insert(.namespace(namespace)) }
        let state = evaluation.widening(shared.state, in: scopes)
        return WhyReader(
            client: client, namespace: namespace, since: since, now: now, index: index, state: state
        ) { node in nodes.contains(node) ? told : nil }
    }

    private static func nodes(_ target: WhyReader.Target, _ namespace: String, _ index: ClusterIndex) -> [String] {
        switch target {
        case .node(let name): return [name]
        // Their findings are in the state, and hold what the agents told.
        case .object, .incident: return []
        case .pod(let name):
            return index.pods[namespace, name].map { $0.node.isEmpty ? [] : [$0.node] } ?? []
        case .deployment(let name):
            guard let record = index.deployments[namespace, name] else { return [] }
            let view = ClusterView(index, scope: .namespace(namespace), clock: Timestamp(microseconds: 0))
            // Nodes of pods that are not ready first: the others explain nothing.
            let pods = view.podsOf("Deployment", record).sorted { !$0.isReady && $1.isReady }
            var seen: Set<String> = []
            return Array(pods.map(\.node).filter { !$0.isEmpty && seen.insert($0).inserted }.prefix(whyNodesMax))
        }
    }
}
