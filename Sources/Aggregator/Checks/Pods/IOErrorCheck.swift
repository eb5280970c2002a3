import Shared

struct IOErrorCheck: PodPhraseCheck {
    let description = CheckDescription(
        id: "PodIOError", table: .events, severity: .danger,
        title: .init("no I/O error, often a storage bottleneck", "这通常是由于文件IO性能瓶颈"),
        why: .init(
            "The storage under the container failed to read or write.",
            "容器下层存储读写失败。"),
        trigger: .init(
            "A Warning event or a container's own last words hold 'I/O error'; danger while the container is not ready.",
            "Warning 事件或容器退出信息中出现 I/O error；容器未就绪时为 danger。"),
        remedy: .init(
            "Check the volume and its disk on that node.",
            "检查该节点上的卷及磁盘。"),
        needs: [.events, .pods], usesAgents: true)

    let phrase = #"(?i)(?:^|[^0-9a-z] ?)\b(?:I/O|Input/output) error\b"#
}
