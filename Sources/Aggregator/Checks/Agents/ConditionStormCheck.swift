import ClusterIndex
import Findings

/// Says that node conditions are held back, because too many nodes changed at once.
struct ConditionStormCheck: ClusterCheck {
    let id = "ConditionStorm"
    let scopes: ClusterScope.Kinds = .controlPlane

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        switch view.aggregator.conditionStorm {
        case .notWatched: break
        case .nothingHeld: out.healthy()
        case .held(let text):
            out.state(out.entry.severity, ObjectReference(kind: "Cluster", name: view.index.name), text)
        }
    }
}
