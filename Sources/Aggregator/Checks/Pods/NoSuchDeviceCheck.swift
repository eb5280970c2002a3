import Shared

struct NoSuchDeviceCheck: PodPhraseCheck {
    let description = CheckDescription(
        id: "PodNoSuchDeviceOrAddress", table: .events, severity: .danger,
        title: .init("devices and addresses are there", "检查对应网络"),
        why: .init(
            "A device, socket or address that the program opens does not exist in its container.",
            "程序打开的设备、套接字或地址在容器中不存在。"),
        trigger: .init(
            "A Warning event or a container's own last words hold 'no such device or address'; danger while the container is not ready.",
            "Warning 事件或容器退出信息中出现 no such device or address；容器未就绪时为 danger。"),
        remedy: .init(
            "Check sockets, device plug-ins and the attachment of volumes.",
            "检查套接字、设备插件以及卷的挂接。"),
        needs: [.events, .pods], usesAgents: true)

    let phrase = #"(?i)no such device or address"#
}
