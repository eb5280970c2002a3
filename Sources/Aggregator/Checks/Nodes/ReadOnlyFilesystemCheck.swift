import Findings
import KubernetesAPI

struct ReadOnlyFilesystemCheck: ClusterCheck {
    let id = "NodeFilesystemReadOnly"
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
    }
}
