package import Platform

/// Why a pod failed, and when.
package struct PodFailure: Sendable, Equatable {
    /// `Evicted`, `NodeAffinity`, `DeadlineExceeded`, `Error`, …; never empty.
    package var reason: String
    /// The pod's own words, its condition's or its container's; the reason where none of them says more.
    package var message: String
    /// nil: nothing of the pod is dated.
    package var time: Timestamp?
    /// It was taken from its node, whatever it was doing; else it failed itself, or never was let in.
    package var isDisruption: Bool
}

extension PodRecord {
    /// `status.reason` of pods that a kubelet took from its node (kubernetes, pkg/kubelet: eviction, preemption,
    /// nodeshutdown; before 1.22 `Shutdown`).
    private static let disruptions: Set<String> = ["Evicted", "Shutdown", "Terminated", "NodeShutdown", "Preempting"]

    /// Reasons of the condition DisruptionTarget, as what the kubelet wrote in `status.reason` for the same.
    private static let disruptionNames = ["TerminationByKubelet": "Evicted", "PreemptionByScheduler": "Preempting"]

    /// nil: it has not failed.
    package var failure: PodFailure? {
        guard phase == "Failed" else { return nil }
        let disruption = trouble("DisruptionTarget")
        let isDisruption = Self.disruptions.contains(reason) || reason.isEmpty && disruption != nil
        var ends: [(container: ContainerRecord, end: ContainerRecord.Termination)] = []
        for container in containers {
            if case .terminated(let end) = container.state { ends.append((container, end)) }
        }
        let bad = ends.filter { $0.end.exitCode != 0 && !$0.container.isSidecar } + ends.filter { $0.end.exitCode != 0 }
        let time =
            ready?.transition ?? disruption?.transition ?? ends.compactMap(\.end.finished).max() ?? metadata.created
        var failure = PodFailure(reason: reason, message: message, time: time, isDisruption: isDisruption)
        if reason.isEmpty, let disruption {
            failure.reason = Self.disruptionNames[disruption.reason] ?? disruption.reason
        }
        if failure.message.isEmpty, let disruption, isDisruption { failure.message = disruption.message }
        if let (container, end) = bad.first, !isDisruption {
            if failure.reason.isEmpty { failure.reason = end.reason }
            if failure.message.isEmpty {
                let text = end.message.isEmpty ? end.reason : end.message
                failure.message =
                    "container \(container.name) ended with exit code \(end.exitCode)\(text.isEmpty ? "" : ": \(text)")"
            }
        }
        if failure.reason.isEmpty { failure.reason = "Failed" }
        if failure.message.isEmpty { failure.message = failure.reason }
        return failure
    }
}
