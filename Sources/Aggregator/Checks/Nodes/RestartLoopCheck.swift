import Shared

struct RestartLoopCheck: EventCheck {
    let description = CheckDescription(
        id: "UnitRestartLoop", table: .nodes, severity: .danger,
        title: .init("kubelet and runtime stay up", "kubelet 与运行时未反复重启"),
        why: .init(
            "A kubelet or runtime that restarts again and again does no work in between.", "反复重启的 kubelet 或运行时无法正常工作。"),
        trigger: .init(
            "FrequentKubeletRestart, FrequentDockerRestart or FrequentContainerdRestart is True; on the node: five restarts in 10 min.",
            "FrequentKubeletRestart、FrequentDockerRestart 或 FrequentContainerdRestart 为 True；或 10 分钟内重启五次。"),
        remedy: .init(
            "Read the unit's journal from its last start on (journalctl -u kubelet -b).",
            "查看该单元自上次启动以来的日志（journalctl -u kubelet -b）。"),
        needs: [.nodes], alsoReads: [.events], usesAgents: true)

    let claims = [
        EventClaim(
            reasons: ["FrequentKubeletRestart", "FrequentDockerRestart", "FrequentContainerdRestart"], kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for type in ["FrequentKubeletRestart", "FrequentDockerRestart", "FrequentContainerdRestart"] {
            out.conditions(type, .danger, view, isOptional: true)
        }
        for event in view.warnings(of: description.id) {
            out.event(.danger, event, .node(event.involved.name), node: event.involved.name, view)
        }
    }
}
