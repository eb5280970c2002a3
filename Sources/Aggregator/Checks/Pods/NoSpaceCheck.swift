import Shared

struct NoSpaceCheck: PodPhraseCheck {
    let description = CheckDescription(
        id: "PodNoSpaceLeftOnDevice", table: .events, severity: .danger,
        title: .init("disk and inodes suffice", "检查磁盘和索引节点的使用情况"),
        why: .init(
            "Writes fail; for inotify the limit of watches is meant, not a disk.",
            "写入失败；若来自 inotify，则指 watch 数量上限而非磁盘。"),
        trigger: .init(
            "A Warning event or a container's own last words hold 'no space left on device'; danger while the container is not ready.",
            "Warning 事件或容器退出信息中出现 no space left on device；容器未就绪时为 danger。"),
        remedy: .init(
            "Free blocks or inodes on the node or volume; for inotify_add_watch raise fs.inotify.max_user_watches.",
            "释放节点或卷上的空间/inode；若来自 inotify_add_watch，请提高 fs.inotify.max_user_watches。"),
        needs: [.events, .pods], usesAgents: true)

    let phrase = #"(?i)no space left on device"#
}
