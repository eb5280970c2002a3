import Shared

struct APIServiceCheck: ClusterCheck {
    let description = CheckDescription(
        id: "APIServiceUnavailable", table: .components, severity: .danger,
        title: .init("aggregated APIs are available", "聚合 API 可用"),
        why: .init(
            "An unavailable APIService breaks discovery: namespaces stay Terminating, garbage collection and autoscaling stop.",
            "不可用的 APIService 会破坏发现机制：命名空间无法删除，垃圾回收与自动伸缩停止。"),
        trigger: .init("Available is not True.", "Available 不为 True。"),
        remedy: .init(
            "Look at the Service and pods behind it, or delete the APIService when nothing serves it any more.",
            "检查其后端 Service 与 Pod；若已无人提供则删除该 APIService。"),
        needs: [.apiservices])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for service in view.index.apiservices.records {
            guard let available = service.available else {
                out.unobserved(.warmingUp, "\(service.name) has no Available condition yet")
                continue
            }
            if available.status == "True" {
                out.healthy()
            } else {
                out.state(
                    .danger, ObjectReference(kind: "APIService", name: service.name, uid: service.metadata.uid),
                    reason: available.reason, "\(service.name): \(available.message)", since: available.transition)
            }
        }
    }
}
