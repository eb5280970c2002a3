import Shared

struct CorruptOverlayCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeCorruptOverlay2", table: .events, severity: .danger,
        title: .init("overlay storage is usable", "Overlay2 不可用"),
        why: .init(
            "A broken layer store makes containers of some images impossible to start on that node.",
            "镜像层存储损坏会使该节点无法启动某些镜像的容器。"),
        trigger: .init(
            "The runtime reports 'readlink …/overlay2…: invalid argument' or 'prior storage driver overlay2 failed'; CorruptDockerOverlay2 is True.",
            "运行时报告 readlink …/overlay2…: invalid argument 或 prior storage driver overlay2 failed；CorruptDockerOverlay2 为 True。"
        ),
        remedy: .init(
            "Drain the node, stop the runtime, check the file system (XFS needs ftype=1), remove the broken layers, pull again.",
            "排空节点，停止运行时，检查文件系统（XFS 需要 ftype=1），删除损坏的层后重新拉取。"),
        needs: [.events], alsoReads: [.nodes], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["CorruptDockerOverlay2"], kinds: ["Node"]),
        EventClaim(
            pattern:
                #"readlink \S*/(?:overlay2|io\.containerd\.snapshotter\.v1\.overlayfs)\S*: invalid argument|prior storage driver overlay2? failed"#
        ),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions("CorruptDockerOverlay2", .danger, view, isOptional: true)
        out.nodeEvents(.danger, view)
    }
}
