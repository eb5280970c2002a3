import ClusterIndex
import Findings
import KubernetesAPI

struct ReadOnlyFilesystemCheck: ClusterCheck {
    let id = "NodeFilesystemReadOnly"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
    }
}
