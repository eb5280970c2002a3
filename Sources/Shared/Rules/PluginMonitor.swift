/// A custom plug-in monitor of node-problem-detector: programs that are run and judged by their exit status.
public struct PluginMonitor: Sendable, Equatable {
    public var source: String
    public var concurrency: Int
    /// Another output of an unchanged status counts as a change.
    public var updatesOnMessage: Bool
    public var conditions: [ConditionDefault]
    public var rules: [PluginRule]
    public var origin: String
}

/// One program, or what takes its place here.
public struct PluginRule: Sendable, Equatable {
    public enum Work: Sendable, Equatable {
        /// Runs without a shell.
        case program(path: String, arguments: [String])
        /// node-problem-detector's health-checker: our own probe of that component.
        case probe(check: String)
    }

    /// `file#number`.
    public var id: String
    public var isPermanent: Bool
    public var condition: String
    public var reason: String
    public var work: Work
    public var timeoutSeconds: Double
    public var intervalSeconds: Double
    public var outputBytesMax: Int
    public var origin: String
}

/// How a plug-in ended.
public enum PluginStatus: String, Sendable, Equatable {
    case ok = "OK"
    case nonOK = "NonOK"
    case unknown = "Unknown"

    /// Exit status 0 is fine, 1 a problem, everything else says nothing.
    public init(exitStatus: Int32) { self = exitStatus == 0 ? .ok : exitStatus == 1 ? .nonOK : .unknown }
}

/// The condition that permanent rules of one type keep, as node-problem-detector keeps it.
public struct PluginCondition: Sendable, Equatable {
    public enum Status: String, Sendable, Equatable {
        case isTrue = "True"
        case isFalse = "False"
        case unknown = "Unknown"
    }

    public private(set) var status = Status.isFalse
    public private(set) var reason: String
    public private(set) var message: String
    private let healthy: ConditionDefault
    private let updatesOnMessage: Bool

    public init(_ healthy: ConditionDefault, updatesOnMessage: Bool) {
        self.healthy = healthy
        self.updatesOnMessage = updatesOnMessage
        reason = healthy.reason
        message = healthy.message
    }

    /// - Returns: whether the condition changed, which is an event.
    public mutating func take(_ result: PluginStatus, reason newReason: String, output: String) -> Bool {
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
