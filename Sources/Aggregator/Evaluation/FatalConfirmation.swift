import Findings
import Platform

/// Nothing is called fatal on one look alone (CHECKS.md §0): a state without a history of its own must be seen twice.
package enum FatalConfirmation {
    /// A state that the API itself dates earlier than this needs no second look.
    static let seconds = 3.0

    /// Fatal findings that only one look has shown.
    static func unconfirmed(_ state: MergedState) -> [MergedFinding] {
        state.findings.filter {
            $0.detection.severity == .fatal && !$0.hasAgent && $0.detection.deadline == nil
                && $0.last.seconds(since: $0.first) < seconds
        }
    }

    /// Lowers fatal findings of one look that an earlier look did not show.
    /// - Parameter earlier: keys of fatal findings of the look before.
    package static func confirm(_ state: inout MergedState, earlier: Set<String>) {
        let doubtful = Set(unconfirmed(state).map(\.key)).subtracting(earlier)
        guard !doubtful.isEmpty else { return }
        for index in state.findings.indices where doubtful.contains(state.findings[index].key) {
            state.findings[index].detection.severity = .danger
        }
        state.findings.sort(by: Merger.order)
    }
}
