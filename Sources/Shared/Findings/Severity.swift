/// How bad a finding is. Order: `info` < `warning` < `danger` < `fatal`.
///
/// Fatal: a cluster or node function is down now. Danger: a workload is down, or data or security is at risk.
/// Warning: degraded, or bad practice. Info: good to know.
package enum Severity: String, CaseIterable, Codable, Comparable, Sendable {
    case info, warning, danger, fatal

    /// As tables print it: `Fatal`.
    package var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
}
