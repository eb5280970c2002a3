import Findings
package import KubernetesAPI
package import Platform

/// What is kept of a Lease (coordination.k8s.io).
package struct LeaseRecord: ClusterRecord {
    var metadata: RecordMetadata
    package var holder: String
    package var renewed: Timestamp?
    package var durationSeconds: Double

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }

    /// A node's lease is renewed every ten seconds, and looked at only while the node is not ready.
    package func scopes(in index: ClusterIndex) -> [ClusterScope] {
        guard namespace == "kube-node-lease" else { return [] }
        return index.nodes[name]?.ready?.status == "True" ? [] : [.node(name)]
    }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let spec = object["spec"]
        holder = spec?["holderIdentity"]?.string ?? ""
        renewed = spec?["renewTime"].flatMap { KubernetesTime.parse($0) }
        durationSeconds = spec?["leaseDurationSeconds"]?.double ?? 15
    }
}
