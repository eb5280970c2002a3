/// Why something was not observed. A check that was not observed is never healthy.
package enum UnobservedReason: String, CaseIterable, Codable, Sendable {
    case forbidden, unreachable, timeout, noAgent, agentSilent, sourceMissing, notExposed, notConfigured, warmingUp
    case stale, malformed, truncated

    /// Expected on a sound installation: such a gap alone never makes a report's exit status 3.
    package var isExpected: Bool { self == .notExposed || self == .notConfigured || self == .warmingUp }
}
