/// A custom plug-in monitor of node-problem-detector: programs that are run and judged by their exit status.
package struct PluginMonitor: Sendable, Equatable {
    package var source: String
    package var concurrency: Int
    /// Another output of an unchanged status counts as a change.
    package var updatesOnMessage: Bool
    package var conditions: [ConditionDefault]
    package var rules: [PluginRule]
    package var origin: String
}
