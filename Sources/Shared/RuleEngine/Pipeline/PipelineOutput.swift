package import Findings
package import Platform

/// The result of a match.
package enum PipelineOutput: Equatable {
    case occurrence(Occurrence)
    /// A condition was set, or set with another reason.
    case conditionSet(StateReport)
    /// Its `clears` line came. `subject`: of what it ends, where the line names that; empty: of everything.
    case conditionCleared(type: String, rule: String, subject: String, time: Timestamp)
}
