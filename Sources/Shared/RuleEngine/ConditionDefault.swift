import Findings

/// A healthy default of a node condition, from a node-problem-detector file.
package struct ConditionDefault: Hashable, Sendable {
    package var type: String
    package var reason: String
    package var message: String

    package init(type: String, reason: String, message: String) {
        self.type = type
        self.reason = reason
        self.message = message
    }
}
