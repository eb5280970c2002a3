import Shared

struct TooManyOpenFilesCheck: PodPhraseCheck {
    let description = CheckDescription(
        id: "PodTooManyOpenFiles", table: .events, severity: .danger,
        title: .init("open files and sockets are below the limit", "程序打开的文件/套接字连接数超过系统设置值"),
        why: .init(
            "A process at its limit can accept and open nothing more.",
            "达到上限的进程无法再接受连接或打开文件。"),
        trigger: .init(
            "A Warning event or a container's own last words hold 'too many open files'; danger while the container is not ready.",
            "Warning 事件或容器退出信息中出现 too many open files；容器未就绪时为 danger。"),
        remedy: .init(
            "Raise nofile or fs.inotify.max_user_instances, and fix the leak.",
            "提高 nofile 或 fs.inotify.max_user_instances，并修复泄漏。"),
        needs: [.events, .pods], usesAgents: true)

    let phrase = #"(?i)too many open files"#
}
