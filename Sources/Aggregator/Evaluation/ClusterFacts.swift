import ClusterIndex
import Findings

/// What is known of a node beside its findings: for headers, common factors and blast radius.
package struct NodeFacts: Equatable, Sendable {
    package var isReady = true
    package var isLeaving = false
    /// `pool`, `zone`, `instance`, `kernel`, `os`, `kubelet`, `runtime`, in this order where known.
    package var factors: [Factor] = []
    var podCount = 0
    /// Conditions that no check judges, as `Type=Status`.
    package var otherConditions: [String] = []
    var labels: [String: String] = [:]

    package struct Factor: Hashable, Sendable {
        package var name: String
        package var value: String
    }
}

/// A workload's pods, as far as incidents count them.
package struct WorkloadFacts: Equatable, Sendable {
    var pods = 0
    var ready = 0
    var nodes: Set<String> = []

    mutating func add(_ pod: PodRecord) {
        pods += 1
        if pod.isReady { ready += 1 }
        if !pod.node.isEmpty { nodes.insert(pod.node) }
    }

    /// Parts of a cluster have no node in common.
    mutating func add(_ other: WorkloadFacts) {
        pods += other.pods
        ready += other.ready
        nodes.formUnion(other.nodes)
    }

    mutating func subtract(_ other: WorkloadFacts) {
        pods -= other.pods
        ready -= other.ready
        nodes.subtract(other.nodes)
    }
}
