import Checks
package import ClusterIndex
import Findings
package import Platform

/// How far back the API's Events reach. The API server keeps one for an hour after it was last written, unless it was
/// told otherwise (kube-apiserver, `--event-ttl`), which the API does not tell.
package enum EventReach {
    /// The default of `--event-ttl`.
    package static let keptSeconds = Seconds.perHour

    /// Since when all Events are known: for an hour, or longer where an older one is still there.
    /// - Parameter now: by the API server's clock.
    package static func since(_ events: some Sequence<EventRecord>, now: Timestamp) -> Timestamp {
        events.reduce(now - keptSeconds) { min($0, $1.written) }
    }

    /// What is not observed of a window that is wider than the Events reach: checks that read them may have missed
    /// something.
    /// - Parameter since: as `EvaluatedState.eventsSince`.
    static func gaps(_ inputs: EvaluationInputs, since: Timestamp?) -> [ObservationGap] {
        guard let since, inputs.now.seconds(since: since) < inputs.windowSeconds else { return [] }
        let known = GoDuration.brief(inputs.now.seconds(since: since))
        return CheckList.all.filter { $0 is any EventCheck && inputs.settings.isEnabled($0.id) }.map { check in
            ObservationGap(
                check: check.id, source: "", node: "", scope: "cluster", reason: .truncated,
                since: inputs.now - inputs.windowSeconds,
                detail: "the API's events reach back \(known) of \(GoDuration.brief(inputs.windowSeconds))")
        }
    }
}
