import Shared

struct FileExistsCheck: PodPhraseCheck {
    let description = CheckDescription(
        id: "PodFileExists", table: .events, severity: .danger,
        title: .init("no file is in the way", "检查现有文件"),
        why: .init(
            "A leftover of the last run stops the next one.",
            "上次运行的遗留文件阻止了本次启动。"),
        trigger: .init(
            "A Warning event or a container's own last words hold 'file exists'; danger while the container is not ready.",
            "Warning 事件或容器退出信息中出现 file exists；容器未就绪时为 danger。"),
        remedy: .init(
            "Remove the leftover and make the start idempotent.",
            "删除遗留文件，并使启动过程幂等。"),
        needs: [.events, .pods], usesAgents: true)

    let phrase = #"(?im)(?:^|: |\] |\()(?:\[Errno 17\] )?file exists(?:$|[:.)\]"'\\])"#
}
