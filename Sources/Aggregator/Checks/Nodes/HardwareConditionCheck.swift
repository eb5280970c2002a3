import Shared

struct HardwareConditionCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeHardwareError", table: .events, severity: .danger,
        title: .init("no machine check, memory or bus error", "无硬件错误（机器检查、内存、总线）"),
        why: .init("Hardware that reports errors will fail; data may be damaged already.", "硬件报错意味着即将故障，数据可能已损坏。"),
        trigger: .init(
            "CperHardwareErrorFatal is True; on the node: machine checks, uncorrected EDAC or fatal PCIe errors in the kernel log.",
            "CperHardwareErrorFatal 为 True；或内核日志中出现机器检查、不可纠正 EDAC、PCIe 致命错误。"),
        remedy: .init("Drain the node and replace the part that the line names.", "排空节点并更换日志所指的部件。"),
        needs: [.nodes], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions("CperHardwareErrorFatal", .danger, view, isOptional: true)
    }
}
