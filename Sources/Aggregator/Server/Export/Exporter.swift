import Platform
import Report
import Wire

/// What an exporter sees in one round: values only.
package struct ExportPicture: Sendable {
    var now: Timestamp
    /// What agents sent.
    var snapshot: Snapshot
    /// Evaluated with the cluster; nil where the exporter did not ask for it.
    var report: ReportContent?
}

/// Sends findings to where others already listen.
///
/// Contract (the contract suite runs it over every exporter of `ExporterList`):
/// - `export` is called again and again with what is known now. The exporter remembers what it has sent: the same round
///   twice sends nothing twice.
/// - What could not be sent is returned as a problem, without secrets, and is sent in a later round.
/// - A sink that fails or hangs ends the round within the time of its requests; nothing is retried inside a round.
package protocol Exporter: Sendable {
    /// Its entry's id.
    var id: String { get }
    var periodSeconds: Double { get }
    /// Whether it needs the report, which costs more than what agents sent alone.
    var needsReport: Bool { get }
    /// - Returns: what went wrong; empty: nothing.
    func export(_ picture: ExportPicture) async -> [String]
    /// Whether the last round left something for the next.
    var hasMore: Bool { get async }
}

extension Exporter {
    package var hasMore: Bool { get async { false } }
}
