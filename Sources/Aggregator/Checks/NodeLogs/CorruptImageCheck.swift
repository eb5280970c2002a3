import Shared

struct CorruptImageCheck: EventCheck {
    let description = CheckDescription(
        id: "NodeCorruptDockerImage", table: .events, severity: .warning,
        title: .init("local image data is sound", "检查docker镜像"),
        why: .init(
            "What lies on the disk of an image is not what its digest says; pulls of it fail again and again.",
            "磁盘上的镜像数据与摘要不符，反复拉取失败。"),
        trigger: .init(
            "'failed to register layer: rename … directory not empty' or 'unexpected commit digest' in an event or the runtime's log.",
            "事件或运行时日志中出现 failed to register layer: rename … directory not empty 或 unexpected commit digest。"),
        remedy: .init(
            "Remove the image and the temporary directory that the text names, pull again; check the mirror in between.",
            "删除该镜像及文本所指的临时目录后重新拉取，并检查镜像代理。"),
        needs: [.events], usesAgents: true)

    let claims = [
        EventClaim(reasons: ["CorruptDockerImage"], kinds: ["Node"]),
        EventClaim(
            pattern:
                #"failed to register layer: rename \S+/image/\S+ \S+/image/\S+: directory not empty|unexpected commit digest sha256:"#,
            readsContainers: true),
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.nodeEvents(.warning, view)
    }
}
