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
