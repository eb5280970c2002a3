import Findings

/// A node-problem-detector file's settings that are not rules.
package struct Monitor: Sendable {
    package var source: String
    package var selector: SourceSelector
    package var bufferSize: Int
    package var lookbackSeconds: Double
    package var delaySeconds: Double
    package var metricsReporting: Bool
    package var conditions: [ConditionDefault]
    package var origin: String
}
