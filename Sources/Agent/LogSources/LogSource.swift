package import RuleEngine

/// A log that can be read from a position on.
///
/// Contract (the contract suite runs it over every source): `run` blocks its thread and delivers every record after
/// its start, in order, once; a position that it gave earlier is found again after a restart; what can no longer be
/// read is said through `lost`, never skipped in silence; invalid UTF-8 and over-long records do not stop it; a log
/// that is not there yet is waited for; `wake` makes it ask its sink within a moment, and `run` returns within a
/// second after the sink answered `stop`.
package protocol LogSource: Sendable {
    /// Stable over restarts: positions are kept under it.
    var id: String { get }
    var selectors: [SourceSelector] { get }
    /// Told before `run`, where it starts without what an earlier reader remembers.
    /// - Parameter committed: the position up to which the aggregator has everything; nil: it has nothing.
    func begin(committed: String?)
    func run(from start: SourceStart, into sink: any RecordSink)
    /// From any thread.
    func wake()
    /// Whether the record at `position` is at or before the one at `committed`.
    func isCovered(_ position: String, by committed: String) -> Bool
}

extension LogSource {
    package func begin(committed _: String?) {}
}
