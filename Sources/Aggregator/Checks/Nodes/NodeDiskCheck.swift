import Shared

struct NodeDiskCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeDisk", table: .nodes, severity: .danger,
        title: .init("node disk or inode use above threshold", "如果节点磁盘使用量超过阈值"),
        why: .init(
            "A full disk stops image pulls, logs and the runtime, and makes the kubelet evict pods.",
            "磁盘写满会导致无法拉取镜像、写日志，并使 kubelet 驱逐 Pod。"),
        trigger: .init(
            "DiskPressure is True (danger); FreeDiskSpaceFailed, ImageGCFailed, EvictionThresholdMet for disk; on the node: over 90 % of blocks or inodes three times (over 95 %: danger).",
            "DiskPressure 为 True（danger）；出现 FreeDiskSpaceFailed、ImageGCFailed 或磁盘类 EvictionThresholdMet；或节点块/inode 使用率三次超过 90%（超过 95% 为 danger）。"
        ),
        remedy: .init(
            "Prune images and logs (crictl rmi --prune, journalctl --vacuum-size=500M), grow the volume; for inodes find directories of tiny files.",
            "清理镜像和日志（crictl rmi --prune、journalctl --vacuum-size=500M），扩容；inode 不足时查找含大量小文件的目录。"),
        needs: [.nodes], alsoReads: [.events], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["FreeDiskSpaceFailed", "ImageGCFailed", "NodeHasDiskPressure"], kinds: ["Node"]),
        EventClaim(
            reasons: ["EvictionThresholdMet"], pattern: #"(?i)ephemeral-storage|nodefs|imagefs|inodes"#, kinds: ["Node"]
        ),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions("DiskPressure", .danger, view)
        for event in view.warnings(of: description.id) {
            out.event(.warning, event, .node(event.involved.name), node: event.involved.name, view)
        }
    }
}
