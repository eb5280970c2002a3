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

/// One program, or what takes its place here.
package struct PluginRule: Sendable, Equatable {
    package enum Work: Sendable, Equatable {
        /// Runs without a shell.
        case program(path: String, arguments: [String])
        /// node-problem-detector's health-checker: our own probe of that component.
        case probe(check: String)
    }

    /// `file#number`.
    package var id: String
    package var isPermanent: Bool
    package var condition: String
    package var reason: String
    package var work: Work
    package var timeoutSeconds: Double
    package var intervalSeconds: Double
    package var outputBytesMax: Int
    package var origin: String
}

/// How a plug-in ended.
package enum PluginStatus: String, Sendable, Equatable {
    case ok = "OK"
    case nonOK = "NonOK"
    case unknown = "Unknown"

    /// Exit status 0 is fine, 1 a problem, everything else says nothing.
    package init(exitStatus: Int32) { self = exitStatus == 0 ? .ok : exitStatus == 1 ? .nonOK : .unknown }
}

/// The condition that permanent rules of one type set, as node-problem-detector keeps it.
package struct PluginCondition: Sendable, Equatable {
    package enum Status: String, Sendable, Equatable {
        case isTrue = "True"
        case isFalse = "False"
        case unknown = "Unknown"
    }

    package private(set) var status = Status.isFalse
    package private(set) var reason: String
    package private(set) var message: String
    private let healthy: ConditionDefault
    private let updatesOnMessage: Bool

    package init(_ healthy: ConditionDefault, updatesOnMessage: Bool) {
        self.healthy = healthy
        self.updatesOnMessage = updatesOnMessage
        reason = healthy.reason
        message = healthy.message
    }

    /// - Returns: whether the condition changed, which is an event.
    package mutating func take(_ result: PluginStatus, reason newReason: String, output: String) -> Bool {
        let new: Status = result == .ok ? .isFalse : result == .nonOK ? .isTrue : .unknown
        let isSame =
            status == new
            && (new != .isTrue || reason == newReason && !(updatesOnMessage && message != output))
        if isSame { return false }
        status = new
        reason = new == .isTrue ? newReason : healthy.reason
        message = new == .isFalse ? healthy.message : output
        return true
    }
}
