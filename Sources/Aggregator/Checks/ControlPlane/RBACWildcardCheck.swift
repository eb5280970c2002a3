import Shared

struct RBACWildcardCheck: ClusterCheck {
    let description = CheckDescription(
        id: "RBACWildcard", table: .components, severity: .info,
        title: .init("no workload may do everything", "没有工作负载拥有全部权限"),
        why: .init("Whoever takes over such a subject owns the cluster.", "一旦此类主体被攻破，整个集群即被控制。"),
        trigger: .init(
            "A ClusterRole with * on *, impersonate, escalate or bind, bound to a subject that is not the system's.",
            "含 * 权限、impersonate、escalate 或 bind 的 ClusterRole 绑定到非系统主体。"),
        remedy: .init("Give the verbs and resources that are used instead.", "改为授予实际使用的动词与资源。"),
        needs: [.clusterroles, .clusterrolebindings])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.clusterroles), view.isComplete(.clusterrolebindings) else { return }
        for binding in view.index.clusterrolebindings.records {
            let dangers = view.index.clusterroles[binding.role]?.dangers ?? []
            let subjects = binding.subjects.filter { subject in
                let name = subject.split(separator: " ").last ?? ""
                return !name.hasPrefix("system:") && !name.hasPrefix("kube-system/")
            }
            if dangers.isEmpty || subjects.isEmpty {
                out.healthy()
            } else {
                out.state(
                    .info, ObjectReference(kind: "ClusterRoleBinding", name: binding.name, uid: binding.metadata.uid),
                    "\(binding.role) gives \(dangers.joined(separator: ", ")) to \(subjects.sorted().joined(separator: ", "))",
                    since: binding.metadata.created)
            }
        }
    }
}
