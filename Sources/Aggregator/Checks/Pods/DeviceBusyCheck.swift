import Shared

struct DeviceBusyCheck: PodPhraseCheck {
    let description = CheckDescription(
        id: "PodDeviceOrResourceBusy", table: .events, severity: .danger,
        title: .init("nothing is busy: check directory and PID", "检查对应的目录和PID"),
        why: .init(
            "Something still holds what should be removed or mounted.",
            "要删除或挂载的对象仍被占用。"),
        trigger: .init(
            "A Warning event or a container's own last words hold 'device or resource busy'; danger while the container is not ready.",
            "Warning 事件或容器退出信息中出现 device or resource busy；容器未就绪时为 danger。"),
        remedy: .init(
            "Find and end the holder on the node (fuser -vm PATH, /proc/mounts).",
            "在节点上找出并结束占用者（fuser -vm PATH、/proc/mounts）。"),
        needs: [.events, .pods], usesAgents: true)

    let phrase = #"(?i)device or resource busy"#
}
