import Shared

/// Conditions of the other polarity, as EKS' node monitoring agent writes them: False is bad.
struct ReadyConditionsCheck: ClusterCheck {
    let id = "NodeConditionFalse"
    let needs: [ClusterKind] = [.nodes]

    static let types = ["KernelReady", "StorageReady", "NetworkingReady", "AcceleratedHardwareReady"]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for type in Self.types { out.conditions(type, bad: "False", .danger, view, isOptional: true) }
        out.healthy(view.index.nodes.records.count { node in Self.types.allSatisfy { node.conditions[$0] == nil } })
    }
}
