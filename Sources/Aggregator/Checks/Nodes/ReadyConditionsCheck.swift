import ClusterIndex
import KubernetesAPI

/// Conditions of the other polarity, as EKS' node monitoring agent writes them: False is bad.
struct ReadyConditionsCheck: ClusterCheck {
    let id = "NodeConditionFalse"
    let scopes: ClusterScope.Kinds = .nodes
    let needs: [ClusterKind] = [.nodes]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        out.conditions(view)
        let types = judgedTypes
        out.healthy(view.nodes.count { node in types.allSatisfy { node.conditions[$0] == nil } })
    }
}
