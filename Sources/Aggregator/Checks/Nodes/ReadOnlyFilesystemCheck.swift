import Findings
import KubernetesAPI

struct ReadOnlyFilesystemCheck: ClusterCheck {
    let id = "NodeFilesystemReadOnly"
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions("ReadonlyFilesystem", .danger, view, isOptional: true)
        out.conditions("XfsShutdown", .danger, view, isOptional: true)
    }
}
