import CheckModel
import ClusterIndex
import Findings

/// Whether a container has a row of a check of its own, which says more than that its pod does not run.
enum ContainerTrouble {
    private static let crash = "CrashLoopBackOff"

    static func hasRow(_ container: ContainerRecord, _ view: ClusterView) -> Bool {
        let reason =
            switch container.state {
            case .waiting(let reason, _): reason
            case .terminated(let end): end.reason
            case .running, .unknown: ""
            }
        return reason == crash && view.settings.isEnabled(CrashLoopCheck().id)
            || ImagePullCheck.waiting.contains(reason) && view.settings.isEnabled(ImagePullCheck().id)
            || PodConfigCheck.reasons.contains(reason) && view.settings.isEnabled(PodConfigCheck().id)
    }
}
