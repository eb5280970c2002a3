/// How bad a finding is. Order: `info` < `warning` < `danger` < `fatal`.
///
/// Fatal: a cluster or node function is down now. Danger: a workload is down, or data or security is at risk.
/// Warning: degraded, or bad practice. Info: good to know.
public enum Severity: String, CaseIterable, Codable, Comparable, Sendable {
    case info, warning, danger, fatal

    /// As tables print it: `Fatal`.
    public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
}

/// Why something could not be looked at. Never to be mistaken for healthy.
public enum UnobservedReason: String, CaseIterable, Codable, Sendable {
    case forbidden, unreachable, timeout, noAgent, agentSilent, sourceMissing, notExposed, notConfigured, warmingUp
    case stale, malformed, truncated

    /// Expected on a sound installation: such a gap alone never makes a report's exit status 3.
    public var isExpected: Bool { self == .notExposed || self == .notConfigured || self == .warmingUp }
}
