import ClusterIndex
import Findings
import KubernetesAPI

struct RBACWildcardCheck: ClusterCheck {
    let id = "RBACWildcard"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.clusterroles, .clusterrolebindings]

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
