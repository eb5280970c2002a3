package import Findings
package import LogSources
import Synchronization

/// What one source has found and not yet delivered, with the positions that say exactly which records that is.
///
/// The source's thread adds; the deliverer cuts, and keeps the cut until it is acknowledged. The journal is the spool:
/// when the ledger is full the source waits.
package final class SourceLedger: Sendable {
    /// Distinct findings waiting in one source before it waits too.
    package static let occurrencesMax = 300
    static let bytesMax = 300 << 10

    /// What is being sent; resent unchanged until acknowledged.
    package struct Cut: Equatable, Sendable {
        package var from: String?
        package var to: String?
        package var resume: String?
        package var occurrences: [Occurrence]
        package var bytes: Int
    }

    private struct Contents {
        var committed: String?
        /// Belongs to `committed`, as the aggregator has it.
        var committedResume: String?
        /// Belongs to the newest record.
        var resume: String?
        var to: String?
        var pending: [String: Occurrence] = [:]
        var bytes = 0
        var cut: Cut?
        /// Where the source must restart.
        var rewind: SourceStart?
        var isStopped = false
    }

    package let source: String
    private let contents: Mutex<Contents>
    private let changed: @Sendable () -> Void

    init(source: String, changed: @escaping @Sendable () -> Void) {
        self.source = source
        self.changed = changed
        contents = Mutex(Contents())
    }

    /// Adds what one record gave; everything up to `position` is then in the ledger.
    func add(_ occurrences: [Occurrence], position: String?, resume: String?) {
        contents.withLock { contents in
            for occurrence in occurrences {
                let key = occurrence.detection.key
                if contents.pending[key] != nil {
                    contents.pending[key]?.merge(occurrence)
                } else {
                    contents.pending[key] = occurrence
                    contents.bytes += Self.bytes(occurrence)
                }
            }
            if let position { contents.to = position }
            contents.resume = resume
        }
        if !occurrences.isEmpty { changed() }
    }

    private static func bytes(_ occurrence: Occurrence) -> Int {
        let detection = occurrence.detection
        return 400 + detection.message.utf8.count + detection.remedy.utf8.count + detection.subject.utf8.count
            + occurrence.evidence.reduce(0) { $0 + $1.text.utf8.count + $1.origin.utf8.count + 100 }
    }

    var isFull: Bool {
        contents.withLock { $0.pending.count >= Self.occurrencesMax || $0.bytes >= Self.bytesMax }
    }

    /// Something for the source's thread to obey.
    var order: SinkAnswer {
        contents.withLock { contents in
            if contents.isStopped { return .stop }
            return contents.rewind.map { .restart($0) } ?? .proceed
        }
    }

    /// The source has restarted: earlier findings are void, except those of a cut in delivery.
    func restarted() -> (replayUntil: String?, Void) {
        contents.withLock { contents in
            contents.rewind = nil
            contents.pending = [:]
            contents.bytes = 0
            contents.to = nil
            // The records of a cut are in the cut, so that they only rebuild state like the committed ones.
            return (contents.cut?.to ?? contents.committed, ())
        }
    }

    /// Where another worker goes on with what this ledger holds, or nil when the source must restart.
    package var end: String? { contents.withLock { $0.rewind == nil ? $0.to ?? $0.committed : nil } }

    /// The source's state is not whole: begin again where it can be rebuilt.
    /// - Parameter firstStart: where nothing was ever committed.
    package func rewind(firstStart: SourceStart) -> SourceStart {
        contents.withLock { contents in
            let start =
                contents.rewind ?? contents.committedResume.map { .at($0) }
                ?? contents.committed.map { .after($0) } ?? firstStart
            contents.rewind = start
            return start
        }
    }

    package func stop() { contents.withLock { $0.isStopped = true } }

    /// What is to be sent next: the cut that waits for its acknowledgement, else a new one.
    /// - Parameter always: also when only the position moved.
    package func nextCut(always: Bool) -> Cut? {
        contents.withLock { contents in
            if contents.rewind != nil { return nil }
            if let cut = contents.cut { return cut }
            // Equal positions would look like a batch sent twice; what waits goes with the next record.
            guard let to = contents.to, to != contents.committed, always || !contents.pending.isEmpty else {
                return nil
            }
            let cut = Cut(
                from: contents.committed, to: to, resume: contents.resume,
                occurrences: contents.pending.values.sorted {
                    ($0.first, $0.detection.key) < ($1.first, $1.detection.key)
                },
                bytes: contents.bytes)
            contents.cut = cut
            contents.pending = [:]
            contents.bytes = 0
            return cut
        }
    }

    /// The cut is committed.
    package func acknowledge() {
        contents.withLock { contents in
            guard let cut = contents.cut else { return }
            contents.committed = cut.to
            contents.committedResume = cut.resume
            contents.cut = nil
        }
    }

    /// Gives up on the findings of the cut that the aggregator will never take, but not on its positions.
    /// - Returns: how many records' findings are lost.
    package func dropCutFindings() -> Int {
        contents.withLock { contents in
            let dropped = contents.cut?.occurrences.reduce(0) { $0 + $1.count } ?? 0
            contents.cut?.occurrences = []
            return dropped
        }
    }

    /// Says where the aggregator is. A difference makes the source read again from there.
    /// - Parameter isNewStore: what the aggregator had is lost, so that even equal positions mean nothing.
    package func align(committed: String?, resume: String?, firstStart: SourceStart, isNewStore: Bool = false) {
        contents.withLock { contents in
            if contents.committed == committed, !isNewStore { return }
            if let cut = contents.cut, cut.to == committed, committed != nil {
                // The answer to this cut was lost, not the cut.
                contents.committed = committed
                contents.committedResume = cut.resume
                contents.cut = nil
                return
            }
            contents.committed = committed
            contents.cut = nil
            contents.pending = [:]
            contents.bytes = 0
            contents.to = nil
            contents.resume = resume
            contents.committedResume = resume
            contents.rewind = committed.map { resume.map { .at($0) } ?? .after($0) } ?? firstStart
        }
    }

    /// For the checkpoint file.
    package var committed: (committed: String?, resume: String?) {
        contents.withLock { ($0.committed, $0.committedResume) }
    }

    var waitingCount: Int { contents.withLock { $0.pending.count + ($0.cut?.occurrences.count ?? 0) } }
}
