import Shared

struct NoSuchFileCheck: PodPhraseCheck {
    let description = CheckDescription(
        id: "PodNoSuchFileOrDirectory", table: .events, severity: .danger,
        title: .init("no file is missing in the container", "进入容器查看相应文件是否存在"),
        why: .init(
            "A program, a library or a mounted key is not where it is looked for.",
            "程序、库或挂载的文件不在预期路径。"),
        trigger: .init(
            "A Warning event or a container's own last words hold 'no such file or directory'; danger while the container is not ready.",
            "Warning 事件或容器退出信息中出现 no such file or directory；容器未就绪时为 danger。"),
        remedy: .init(
            "Check the path, the mounts and the keys of the ConfigMap or Secret; for exec also the architecture and the interpreter in the first line.",
            "检查路径、挂载以及 ConfigMap/Secret 的键；若是 exec，还需检查架构与解释器。"),
        needs: [.events, .pods], usesAgents: true)

    let phrase = #"(?i)no such file or directory"#
}
