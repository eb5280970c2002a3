import CheckModel
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// Pods that failed by themselves, or that their node did not let in; those that were taken from their node are
/// PodNotReady's.
struct PodFailedCheck: ClusterCheck {
    let id = "PodFailed"
    let scopes: ClusterScope.Kinds = .pods
    let needs: [ClusterKind] = [.pods]
    let alsoReads: [ClusterKind] = [.jobs, .deployments]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.pods)
        var failed = FailedPods()
        for pod in view.pods {
            guard let failure = pod.failure, !failure.isDisruption else {
                out.healthy()
                continue
            }
            guard now.seconds(since: failure.time ?? now.time) <= view.windowSeconds, !hasRow(pod, view),
                !isRetried(pod, view)
            else { continue }
            failed.add(pod, failure, view)
        }
        failed.report(view, &out)
    }

    /// Another check says of a container why the pod failed.
    private func hasRow(_ pod: PodRecord, _ view: ClusterView) -> Bool {
        pod.containers.contains { container in
            if case .terminated(let end) = container.state, end.reason == "OOMKilled", end.finished != nil,
                view.settings.isEnabled(OOMKilledCheck().id)
            {
                return true
            }
            return container.texts.contains { text, _ in
                view.checks(forContainerText: text).first.map(view.settings.isEnabled) ?? false
            }
        }
    }

    /// Of a Job's pod: the Job says whether the whole failed, or it succeeded in the end, or a later one did.
    private func isRetried(_ pod: PodRecord, _ view: ClusterView) -> Bool {
        guard pod.ownerKind == "Job" else { return false }
        guard let job = view.index.jobs[pod.namespace, pod.ownerName] else {
            return !view.isComplete(.jobs, in: pod.namespace)
        }
        return job.failed != nil && view.settings.isEnabled(JobFailedCheck().id) || job.complete != nil
    }
}
