import Shared

struct InvalidArgumentCheck: PodPhraseCheck {
    let description = CheckDescription(
        id: "PodInvalidArgument", table: .events, severity: .danger,
        title: .init("no invalid argument: check storage", "检查对应存储"),
        why: .init(
            "The kernel refused what it was asked; with mounts and files that mostly is the file system or an option.",
            "内核拒绝了请求，多与文件系统或挂载选项有关。"),
        trigger: .init(
            "A Warning event or a container's own last words hold 'invalid argument'; danger while the container is not ready.",
            "Warning 事件或容器退出信息中出现 invalid argument；容器未就绪时为 danger。"),
        remedy: .init(
            "Check mount options, the file system and sysctls.",
            "检查挂载选项、文件系统和 sysctl。"),
        needs: [.events, .pods], usesAgents: true)

    let phrase = #"(?im)(?:^|: |\] |\()(?:\[Errno 22\] )?invalid argument(?:$|[:.)\]"'\\])"#
}
