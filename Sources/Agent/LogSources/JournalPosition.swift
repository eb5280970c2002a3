import Platform

/// A journal position: a cursor, and since when everything behind it is known to have been read.
///
/// Spelling: the cursor, or `<cursor> @<microseconds>`. A cursor is `s=<sequence id>;i=<sequence, hex>;b=<boot>;
/// m=<monotonic, hex>;t=<realtime, hex>;x=<hash>` (systemd `src/libsystemd/sd-journal/sd-journal.c`); libsystemd calls
/// it opaque, so nothing depends on its parts but the order of two positions and the size of a gap.
struct JournalPosition: Equatable {
    var cursor: String
    /// When the reader had read all there was; entries older than this were read or did not match.
    var caughtUp: Timestamp?

    init(cursor: String, caughtUp: Timestamp? = nil) {
        self.cursor = cursor
        self.caughtUp = caughtUp
    }

    init(_ text: String) {
        let parts = text.split(separator: " @", maxSplits: 1)
        cursor = parts.first.map(String.init) ?? ""
        caughtUp = parts.count == 2 ? Int64(parts[1]).map { Timestamp(microseconds: $0) } : nil
    }

    var text: String { caughtUp.map { "\(cursor) @\($0.microseconds)" } ?? cursor }

    private func part(_ name: Character) -> Substring? {
        cursor.split(separator: ";").first { $0.hasPrefix("\(name)=") }?.dropFirst(2)
    }

    var sequenceID: Substring? { part("s") }
    var sequence: UInt64? { part("i").flatMap { UInt64($0, radix: 16) } }
    var bootID: Substring? { part("b") }
    var monotonic: UInt64? { part("m").flatMap { UInt64($0, radix: 16) } }
    var time: Timestamp? {
        part("t").flatMap { UInt64($0, radix: 16) }.map { Timestamp(microseconds: Int64(clamping: $0)) }
    }

    /// By sequence within one journal, by (boot, monotonic time) within one boot, else by wall clock.
    func isAtOrBefore(_ other: JournalPosition) -> Bool {
        if cursor == other.cursor { return true }
        if let a = sequence, let b = other.sequence, sequenceID == other.sequenceID { return a <= b }
        if let a = monotonic, let b = other.monotonic, bootID == other.bootID { return a <= b }
        guard let a = time, let b = other.time else { return false }
        return a <= b
    }
}
