package import Findings
package import Platform
package import RuleEngine

/// One record, reused for every read so that reading costs no allocation.
package final class LogRecord {
    /// A longer record is cut, and counted.
    static let textBytesMax = LogLine.bytesMax

    /// Valid UTF-8, trimmed of white space at both ends.
    package var text: [UInt8] = []
    package var time = Timestamp(microseconds: 0)
    /// Which of the source's selectors it belongs to: bit i for selector i.
    package var selectors: UInt64 = 1
    package var isTruncated = false

    init() { text.reserveCapacity(4096) }

    /// Takes `bytes` as the text: cut at the limit, trimmed, invalid UTF-8 replaced.
    func setText(_ bytes: UnsafeRawBufferPointer) {
        text.removeAll(keepingCapacity: true)
        isTruncated = bytes.count > Self.textBytesMax
        var start = 0
        var end = min(bytes.count, Self.textBytesMax)
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
        text.append(contentsOf: bytes[start..<end])
        repairUTF8()
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Eight bytes at a time: every record passes here.
    private static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var seen: UInt64 = 0
        var index = 0
        while index + 8 <= bytes.count {
            seen |= bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            seen |= UInt64(bytes[index])
            index += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }

    /// Invalid sequences become U+FFFD, as Go's regular expressions see them.
    func repairUTF8() {
        if text.withUnsafeBytes(Self.isASCII)
            || text.withUnsafeBufferPointer({ String(validating: $0, as: UTF8.self) }) != nil
        {
            return
        }
        text = Array(String(decoding: text, as: UTF8.self).utf8)
    }
}

/// Where a source begins.
package enum SourceStart: Equatable, Sendable {
    /// The first record at or after this time.
    case since(Timestamp)
    /// Right behind a record.
    case after(String)
    /// At a record, which is read again.
    case at(String)
}

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
    /// All there is has been read; `position` is the last record's, nil when none was read since the start.
    func caughtUp(position: String?) -> SinkAnswer
    func lost(_ gap: LogGap, position: String?)
    func health(_ health: SourceHealth)
}

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
    func run(from start: SourceStart, into sink: any RecordSink)
    /// From any thread.
    func wake()
    /// Whether the record at `position` is at or before the one at `committed`.
    func isCovered(_ position: String, by committed: String) -> Bool
}
