import Findings
import Platform

/// A fatal finding needs a second observation, so that a restart or a lost answer alarms nobody, unless the API itself
/// dates the state.
package enum FatalConfirmation {
    /// A state that the API itself dates earlier than this needs no second observation.
    static let seconds = 3.0

    /// Fatal findings that were observed once only.
    static func unconfirmed(_ state: EvaluatedState) -> [EvaluatedFinding] {
        state.findings.filter(isUnconfirmed)
    }

    static func isUnconfirmed(_ finding: EvaluatedFinding) -> Bool {
        finding.severity == .fatal && !finding.hasAgent && finding.detection.deadline == nil
            && finding.last.seconds(since: finding.first) < seconds
    }

    /// Lowers fatal findings that the observation before did not have.
    /// - Parameter earlier: keys of the fatal findings of that observation.
    package static func confirm(_ state: inout EvaluatedState, earlier: Set<String>) {
        let doubtful = Set(unconfirmed(state).map(\.key)).subtracting(earlier)
        guard !doubtful.isEmpty else { return }
        for index in state.findings.indices where doubtful.contains(state.findings[index].key) {
            state.findings[index] = state.findings[index].with(.danger)
        }
        state.findings.sort(by: EvaluatedFinding.precedes)
    }
}
