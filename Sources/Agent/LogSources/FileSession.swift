import Platform

/// Follows a log through its files: the one that is read now, and the one before it for as long as somebody writes
/// there. Used by one thread.
final class FileSession {
    /// A file that did not grow for so many looks is at rest.
    static let restLooks = 40

    private let family: LogFileFamily
    private var file: OpenLogFile?
    private var earlier: OpenLogFile?
    private var earlierIsEnding = false
    private var looksWithoutGrowth = 0
    private var mayHaveLate = false
    private var lineIsLate = false
    private var hasToldDamage = false
    private var gaps: [LogGap] = []
    private var generation = 0

    init(path: String) { family = LogFileFamily(path) }

    var lineWasCut: Bool { (lineIsLate ? earlier : file)?.lineWasCut ?? false }

    /// Of the last line; nil before the first file.
    var position: FilePosition? {
        guard let file else { return nil }
        var position = file.position(isRecords: !lineIsLate)
        position.earlier = earlier.map { .init($0.position(isRecords: lineIsLate)) }
        return position
    }

    /// What could not be read since the last call.
    func takeGaps() -> [LogGap] {
        defer { gaps = [] }
        return gaps
    }

    // MARK: Where reading begins

    /// At the oldest file that was written to since a time: a log may have been rotated since.
    func begin(since time: Timestamp) throws(SystemError) {
        let members = try family.members()
        guard let first = members.first(where: { $0.written >= time.microseconds }) ?? family.current else { return }
        try open(first.path)
    }

    /// Finds the file of an earlier position again, under whatever name, and goes on behind it. What cannot be found is
    /// a gap, and reading goes on with what was written since.
    /// - Parameter readsRecordAgain: begins at the position's record instead.
    func resume(_ wanted: FilePosition, readsRecordAgain: Bool = false) throws(SystemError) {
        let begin = readsRecordAgain ? wanted.beforeRecord : wanted
        generation = max(0, wanted.generation - 1)
        let members = try family.members()
        if let before = wanted.earlier?.position {
            resumeEarlier(before, at: begin.earlier?.position.offset ?? before.offset, members)
        }
        if let found = Self.find(wanted, members) {
            generation = max(1, wanted.generation)
            file = try OpenLogFile(
                found.path, at: begin.offset, head: wanted.head.isEmpty ? nil : wanted.head, generation: generation)
            return
        }
        generation += 1
        let isThere = members.contains { $0.device == wanted.device && $0.inode == wanted.inode }
        addGap(
            isThere
                ? "was truncated; lines written before that may be lost" : "was rotated away; its unread lines are lost"
        )
        // What was last written to before that time was read before.
        guard let next = members.first(where: { $0.written >= wanted.written }) ?? family.current else { return }
        try open(next.path)
    }

    /// What was rotated a moment ago and may still be written to. Without it the log itself is read all the same.
    private func resumeEarlier(_ before: FilePosition, at offset: Int, _ members: [LogFileFamily.Member]) {
        guard let found = Self.find(before, members) else {
            addGap("was rotated, and what it was before is gone; lines written to that late may be lost")
            return
        }
        do throws(SystemError) {
            earlier = try OpenLogFile(found.path, at: offset, head: before.head, generation: before.generation)
            mayHaveLate = true
        } catch {
            addGap("was rotated, and the end of what it was before cannot be read: \(error)")
        }
    }

    /// The file that holds what was read up to a position: the same one, else a copy.
    private static func find(_ wanted: FilePosition, _ members: [LogFileFamily.Member]) -> LogFileFamily.Member? {
        let same = members.filter { $0.device == wanted.device && $0.inode == wanted.inode }
        // Without anything read of it, a file is told by its inode alone.
        let candidates = wanted.offset == 0 && wanted.head.isEmpty ? same : same + members.reversed()
        return candidates.first { member in
            // One that cannot be opened now is not the one to go on with.
            guard let file = try? OpenLogFile(member.path, generation: 0) else { return false }
            return file.holds(wanted)
        }
    }

    private func addGap(_ reason: String) {
        let isCompressed = (try? family.hasCompressed()) ?? false
        gaps.append(
            LogGap(
                records: nil, from: nil, to: nil,
                reason: "\(family.path) \(reason)"
                    + (isCompressed ? "; of compressed files only those of gzip are read" : "")))
    }

    private func open(_ path: String) throws(SystemError) {
        generation += 1
        file = try OpenLogFile(path, generation: generation)
    }

    // MARK: Reading

    /// Opens the log when nothing of it is open, and looks for late lines of the file before.
    func look() throws(SystemError) {
        if file == nil { try open(family.path) }
        mayHaveLate = earlier != nil
        looksWithoutGrowth += 1
        if earlier != nil, looksWithoutGrowth > Self.restLooks { earlierIsEnding = true }
    }

    /// Puts the next whole line into `line`; false at the end of what there is.
    func nextLine(into line: inout [UInt8]) throws(SystemError) -> Bool {
        if mayHaveLate, let earlier {
            lineIsLate = true
            if try earlier.nextLine(into: &line) {
                looksWithoutGrowth = 0
                return true
            }
            mayHaveLate = false
            if earlierIsEnding {
                if earlier.rest(into: &line) { return true }
                self.earlier = nil
                earlierIsEnding = false
            }
        }
        lineIsLate = false
        return try file?.nextLine(into: &line) ?? false
    }

    /// At the end of the file: goes on with the next one, where there is one.
    /// - Returns: whether there may be more to read.
    func advance() throws(SystemError) -> Bool {
        guard let file else { return false }
        if file.isDamaged, !hasToldDamage {
            hasToldDamage = true
            addGap("has a compressed file that is damaged; the rest of it is lost")
        }
        if file.isTruncated { return try continueAfterTruncation(of: file) }
        guard let current = family.current, current.inode != file.inode || current.device != file.device else {
            return false
        }
        // The file before must be done with first: only one is kept.
        if earlier != nil {
            if !earlierIsEnding {
                earlierIsEnding = true
                mayHaveLate = true
                return true
            }
            earlier = nil
        }
        earlierIsEnding = false
        let next = try OpenLogFile(try next(after: file, current).path, generation: generation + 1)
        generation += 1
        earlier = file
        mayHaveLate = true
        looksWithoutGrowth = 0
        self.file = next
        hasToldDamage = false
        return true
    }

    private func next(
        after file: OpenLogFile, _ current: LogFileFamily.Member
    ) throws(SystemError) -> LogFileFamily.Member {
        let members = try family.members()
        if let place = members.firstIndex(where: { $0.device == file.device && $0.inode == file.inode }) {
            return place + 1 < members.count ? members[place + 1] : current
        }
        // It was removed: the first that was written to after it.
        let written = file.position().written
        return members.first { $0.written > written } ?? current
    }

    /// The file was copied away and truncated, or only truncated: the rest is read from the copy, else it is lost.
    private func continueAfterTruncation(of old: OpenLogFile) throws(SystemError) -> Bool {
        let position = old.position()
        let members = try family.members().filter { $0.device != old.device || $0.inode != old.inode }
        if position.offset > 0, let copy = Self.find(position, members) {
            file = try OpenLogFile(
                copy.path, at: position.offset, head: position.head, generation: position.generation)
            return true
        }
        if position.offset > 0 { addGap("was truncated; lines written before that may be lost") }
        try open(family.path)
        return true
    }
}
