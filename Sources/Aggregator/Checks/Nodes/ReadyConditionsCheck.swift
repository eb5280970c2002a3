import ClusterIndex
import Findings
package import KubernetesAPI

/// Conditions of the other polarity, as EKS' node monitoring agent writes them: False is bad.
package struct ReadyConditionsCheck: ClusterCheck {
    package let id = "NodeConditionFalse"
    package let needs: [ClusterKind] = [.nodes]

    package static let types = ["KernelReady", "StorageReady", "NetworkingReady", "AcceleratedHardwareReady"]

    package func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for type in Self.types { out.conditions(type, bad: "False", .danger, view, isOptional: true) }
        out.healthy(view.index.nodes.records.count { node in Self.types.allSatisfy { node.conditions[$0] == nil } })
    }
}
