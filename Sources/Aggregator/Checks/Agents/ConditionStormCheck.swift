import ClusterIndex
import Findings

/// Says that node conditions are held back, because too many nodes changed at once.
struct ConditionStormCheck: ClusterCheck {
    let id = "ConditionStorm"

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard let storm = view.index.conditionStorm else { return }
        out.state(.danger, ObjectReference(kind: "Cluster", name: view.index.name), storm)
    }
}
