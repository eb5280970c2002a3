package import Findings
package import Platform

/// What the receiver of records wants next.
package enum SinkAnswer: Equatable, Sendable {
    case proceed
    case restart(SourceStart)
    case stop
}

/// A stretch of log that could not be read.
package struct LogGap: Equatable, Sendable {
    /// Records lost; nil when nobody knows.
    package var records: Int?
    package var from: Timestamp?
    package var to: Timestamp?
    package var reason: String
}

/// Whether a source can read at all.
package enum SourceHealth: Equatable, Sendable {
    case reading
    case unobserved(UnobservedReason, String)
}

/// Receives a source's records on the source's thread, in order.
package protocol RecordSink: AnyObject {
    /// - Parameter position: of this record; asked only when it is needed, because it may cost.
    func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer
    /// Records up to `position`, the newest of `time`, were read and are of none of the source's selectors; told now
    /// and then while no other records come.
    func passed(position: String, time: Timestamp) -> SinkAnswer
    /// All there is has been read; `position` is the last record's, nil when none was read since the start.
    func caughtUp(position: String?) -> SinkAnswer
    func lost(_ gap: LogGap, position: String?)
    func health(_ health: SourceHealth)
}
