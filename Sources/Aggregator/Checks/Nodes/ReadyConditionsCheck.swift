import Shared

/// Conditions of the other polarity, as EKS' node monitoring agent writes them: False is bad.
struct ReadyConditionsCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeConditionFalse", table: .nodes, severity: .danger,
        title: .init("conditions that must be True are True", "应为 True 的节点状态均为 True"),
        why: .init(
            "Some detectors write conditions that are True when things are well; reading them the other way round hides the failure.",
            "部分检测器写入的状态以 True 表示正常，按相反方向解读会掩盖故障。"),
        trigger: .init(
            "KernelReady, StorageReady, NetworkingReady or AcceleratedHardwareReady is False.",
            "KernelReady、StorageReady、NetworkingReady 或 AcceleratedHardwareReady 为 False。"),
        remedy: .init("Read the condition's message and the detector's log on that node.", "查看该状态的消息以及节点上检测器的日志。"),
        needs: [.nodes])

    static let types = ["KernelReady", "StorageReady", "NetworkingReady", "AcceleratedHardwareReady"]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for type in Self.types { out.conditions(type, bad: "False", .danger, view, isOptional: true) }
        out.healthy(view.index.nodes.records.count { node in Self.types.allSatisfy { node.conditions[$0] == nil } })
    }
}
