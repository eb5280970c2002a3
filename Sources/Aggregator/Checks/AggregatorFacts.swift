/// What the aggregator itself knows and has to report, beside what it read of the cluster.
package struct AggregatorFacts: Sendable, Equatable {
    package enum ConditionStorm: Sendable, Equatable {
        /// Nobody writes node conditions.
        case notWatched
        case nothingHeld
        /// Conditions are held back; why.
        case held(String)
    }

    /// Mistakes in node-problem-detector's own ConfigMap, by key; nil: it was not read.
    package var ruleProblems: [String: String]?
    package var conditionStorm = ConditionStorm.notWatched

    package init() {}
}
