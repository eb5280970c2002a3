import Shared

struct Ext4ErrorCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeExt4Error", table: .events, severity: .danger,
        title: .init("no ext4 error or failed mount", "Ext4 挂载失败"),
        why: .init(
            "ext4 found its own structures damaged; writes may be lost and the file system may turn read-only.",
            "ext4 发现自身结构损坏，写入可能丢失，文件系统可能变为只读。"),
        trigger: .init(
            "An event Ext4Error, or 'EXT4-fs error' and refused mounts in the kernel log (a refused mount: warning).",
            "出现 Ext4Error 事件，或内核日志中有 EXT4-fs error、挂载被拒（后者为 warning）。"),
        remedy: .init(
            "Stop the writers, check the disk (smartctl), fsck it unmounted, replace the disk when it recurs.",
            "停止写入，检查磁盘（smartctl），卸载后 fsck，反复出现则更换磁盘。"),
        needs: [.events], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["Ext4Error"], kinds: ["Node"]),
        EventClaim(pattern: #"EXT4-fs error \(device [^)]+\)"#, kinds: ["Node"]),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(.danger, view)
    }
}
