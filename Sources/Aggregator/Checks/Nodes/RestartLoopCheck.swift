import ClusterIndex
import Findings
import KubernetesAPI

struct RestartLoopCheck: EventCheck {
    let id = "UnitRestartLoop"
    let needs: [ClusterKind] = [.nodes]
    let alsoReads: [ClusterKind] = [.events]

    let claims = [
        EventClaim(
            reasons: ["FrequentKubeletRestart", "FrequentDockerRestart", "FrequentContainerdRestart"], kinds: ["Node"])
    ]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for type in ["FrequentKubeletRestart", "FrequentDockerRestart", "FrequentContainerdRestart"] {
            out.conditions(type, .danger, view, isOptional: true)
        }
        for event in view.warnings(of: id) {
            out.event(.danger, event, .node(event.involved.name), node: event.involved.name, view)
        }
    }
}
