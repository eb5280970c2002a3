import Shared

struct ReadOnlyFilesystemCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NodeFilesystemReadOnly", table: .nodes, severity: .danger,
        title: .init("no file system turned read-only or shut down", "文件系统未变为只读或关闭"),
        why: .init(
            "A kernel makes a file system read-only to save what is left of it; all writers fail from then on.",
            "内核为保护数据将文件系统设为只读，此后所有写入都会失败。"),
        trigger: .init(
            "ReadonlyFilesystem or XfsShutdown is True; on the node: a monitored mount turned read-only.",
            "ReadonlyFilesystem 或 XfsShutdown 为 True；或节点上受监控的挂载点变为只读。"),
        remedy: .init(
            "Drain the node, check the disk (smartctl, dmesg), fsck it unmounted, replace it when it recurs.",
            "排空节点，检查磁盘（smartctl、dmesg），卸载后 fsck，反复出现则更换。"),
        needs: [.nodes], usesAgents: true)

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions("ReadonlyFilesystem", .danger, view, isOptional: true)
        out.conditions("XfsShutdown", .danger, view, isOptional: true)
    }
}
