package import Host
import Platform
import Synchronization
package import Systemd

/// Which of the journal and `/dev/kmsg` gives a record of the kernel, while journald cannot write and after it can
/// again: then it writes what the kernel logged meanwhile, and each record is to go on once.
///
/// Records are told apart by the kernel's own time, in microseconds since the boot, which both have
/// (`_SOURCE_MONOTONIC_TIMESTAMP`, systemd.journal-fields(7)). What `/dev/kmsg` gave is a range of it for each time
/// that journald was away; the position of its last record holds the last range, so that it outlives this program.
package final class KernelHandover: Sendable {
    /// What becomes of a record of `/dev/kmsg`.
    enum Answer: Equatable { case give, skip, end }

    /// After `from`, up to `to`.
    private struct Range: Sendable {
        var from: UInt64
        var to: UInt64
        func contains(_ time: UInt64) -> Bool { time > from && time <= to }
    }

    private struct Contents {
        /// Given by kmsg, the oldest first.
        var ranges: [Range] = []
        /// The newest that the journal gave since kmsg began.
        var journal: UInt64 = 0
        var isActive = false
        var isPrimed = false
    }

    /// Ranges that the journal may not have reached yet.
    private static let rangesMax = 64
    /// How long the journal waits to be told what kmsg gave before this program started.
    private static let primingMilliseconds: Int32 = 5000

    let bootID: String
    private let journald: JournaldState
    /// Time of the newest record of the kernel that this boot's journal holds; 0: it holds none; nil: not known.
    private let newestInJournal: @Sendable () -> UInt64?
    private let contents = Mutex(Contents())
    private let hasRange = Atomic(false)
    private let primed = Waker()

    init(bootID: String, journald: JournaldState, newestInJournal: @escaping @Sendable () -> UInt64?) {
        self.bootID = bootID
        self.journald = journald
        self.newestInJournal = newestInJournal
    }

    package convenience init(bootID: String, journald: JournaldState, journal location: Journal.Location) {
        self.init(bootID: bootID, journald: journald) {
            // Without knowing it nothing is handed over: a record twice is worse than one that comes late.
            do throws(JournalError) {
                let journal = try Journal(location)
                try journal.addMatch("_TRANSPORT=kernel")
                try journal.addMatch("_BOOT_ID=\(bootID)")
                try journal.seekTail()
                guard try journal.previous() else { return 0 }
                return try journal.withField(
                    "_SOURCE_MONOTONIC_TIMESTAMP", { UInt64(String(decoding: $0, as: UTF8.self)) }) ?? nil
            } catch { return nil }
        }
    }

    // MARK: Of kmsg

    /// - Parameter committed: where kmsg's findings end that are known to the aggregator; nil: it knows of none, and
    ///   the journal gives again all that it holds.
    func prime(_ committed: KmsgSource.Position?) {
        contents.withLock { contents in
            if let committed, committed.boot == bootID, let from = committed.from {
                if contents.ranges.isEmpty { contents.ranges = [Range(from: from, to: committed.microseconds)] }
            } else {
                contents.ranges = []
                contents.isActive = false
            }
            contents.isPrimed = true
            hasRange.store(!contents.ranges.isEmpty, ordering: .releasing)
        }
        primed.wake()
    }

    /// Whether kmsg gives what is new.
    func begin() -> Bool {
        guard journald.trouble != nil else {
            contents.withLock { $0.isActive = false }
            return false
        }
        if contents.withLock({ $0.isActive }) { return true }
        guard let newest = newestInJournal() else { return false }
        contents.withLock { contents in
            // What journald has not written yet of an earlier range stays with kmsg.
            if contents.ranges.last.map({ newest >= $0.to }) ?? true {
                contents.ranges = contents.ranges.suffix(Self.rangesMax - 1) + [Range(from: newest, to: newest)]
            }
            contents.journal = newest
            contents.isActive = true
            hasRange.store(true, ordering: .releasing)
        }
        return true
    }

    func answer(kmsg time: UInt64) -> Answer {
        let hasTrouble = journald.trouble != nil
        return contents.withLock { contents in
            if !hasTrouble { contents.isActive = false }
            guard let last = contents.ranges.last else { return .end }
            if contents.ranges.contains(where: { $0.contains(time) }) { return .give }
            if time <= last.to { return .skip }
            if !contents.isActive { return .end }
            if time <= contents.journal { return .skip }
            contents.ranges[contents.ranges.count - 1].to = time
            return .give
        }
    }

    /// Where the range of a record begins, for its position.
    func from(of time: UInt64) -> UInt64? {
        contents.withLock { $0.ranges.first { $0.contains(time) }?.from }
    }

    // MARK: Of the journal

    /// Before its first record.
    func waitUntilPrimed() {
        if contents.withLock({ $0.isPrimed }) { return }
        primed.wait(milliseconds: Self.primingMilliseconds)
    }

    /// Whether `takesFromJournal` has to be asked; always cheap.
    var isNeeded: Bool { hasRange.load(ordering: .acquiring) }

    /// Whether a record of this boot's kernel comes from the journal: kmsg did not give it.
    func takesFromJournal(_ time: UInt64) -> Bool {
        contents.withLock { contents in
            if contents.ranges.contains(where: { $0.contains(time) }) { return false }
            contents.journal = max(contents.journal, time)
            return true
        }
    }
}
