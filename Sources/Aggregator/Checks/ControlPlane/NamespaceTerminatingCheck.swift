import Shared

struct NamespaceTerminatingCheck: ClusterCheck {
    let description = CheckDescription(
        id: "NamespaceTerminating", table: .components, severity: .warning,
        title: .init("deleted namespaces go away", "被删除的命名空间能够清除"),
        why: .init("A namespace that cannot end blocks its name and hides what holds it.", "无法删除的命名空间会占用名称并掩盖阻塞原因。"),
        trigger: .init("Terminating for more than 10 min.", "Terminating 超过 10 分钟。"),
        remedy: .init(
            "The blocking condition names it: an APIService that is down, or objects with finalizers whose controller is gone.",
            "阻塞条件会说明原因：APIService 不可用，或带 finalizer 的对象其控制器已不存在。"),
        needs: [.namespaces],
        thresholds: [.init(name: "minutes", value: 10, meaning: .init("minutes terminating", "Terminating 分钟数"))])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.namespaces)
        for namespace in view.index.namespaces.records {
            guard let deleted = namespace.metadata.deleted, namespace.phase == "Terminating" else {
                out.healthy()
                continue
            }
            let age = now.seconds(since: deleted)
            if age <= view.threshold(description, "minutes", object: namespace.name) * 60 {
                out.healthy()
                continue
            }
            let blocking = namespace.conditions.filter { $0.status == "True" }.map { "\($0.type): \($0.message)" }
            out.state(
                .warning, ObjectReference(kind: "Namespace", name: namespace.name, uid: namespace.metadata.uid),
                reason: "Terminating",
                "terminating for \(GoDuration.brief(age))\(blocking.isEmpty ? "" : "; \(blocking.sorted().joined(separator: "; "))")",
                since: deleted)
        }
    }
}
