import Findings
internal import Glibc
package import Host
package import Platform
package import RuleEngine
package import Systemd

/// journald's log through sd-journal: one handle for all rules, which reads every entry and tells the selectors' own
/// from the rest. Matches of libsystemd are set only where they are few: it looks at each of them for each entry.
///
/// A cursor is verified after seeking (`sd_journal_test_cursor`): a vanished one lands near, not on. What rotation
/// or vacuuming removed before it was read is reported as a gap, with the number of journal entries it may hold.
package final class JournalSource: LogSource {
    package let id: String
    package let selectors: [SourceSelector]
    private let location: Journal.Location
    private let clock: any WallClock
    private let journald: JournaldState
    private let handover: KernelHandover?
    private let classifier: JournalClassifier
    private let waker = Waker()
    private static let retryMilliseconds: Int32 = 2000
    /// Of terms that are given to libsystemd; a term costs 0.1 to 0.2 µs an entry, reading an entry about 1 µs.
    private static let matchesMax = 4
    /// Entries of no selector after which the sink is told, so that it can end the reading.
    private static let passedMax = 4096

    /// Of the host's own journal.
    package static let systemID = "journal"

    /// - Parameters:
    ///   - journald: of who writes this journal.
    ///   - handover: where `/dev/kmsg` gives what journald could not write.
    package init(
        id: String = JournalSource.systemID, location: Journal.Location, selectors: [SourceSelector],
        clock: any WallClock, journald: JournaldState = JournaldState(), handover: KernelHandover? = nil
    ) {
        self.journald = journald
        self.handover = handover
        self.id = id
        self.location = location
        self.selectors = selectors
        self.clock = clock
        classifier = JournalClassifier(selectors)
    }

    package func wake() { waker.wake() }

    package func isCovered(_ position: String, by committed: String) -> Bool {
        JournalPosition(position).isAtOrBefore(JournalPosition(committed))
    }

    /// One opening of the journal.
    private struct Session {
        var last: JournalPosition?
        /// The position to compare the next entry with, when entries may be missing before it.
        var gapFrom: JournalPosition?
        var caughtUp: Timestamp?
        /// The entry at which reading failed, to step over it when it fails again.
        var failedAt: JournalPosition?
    }

    package func run(from start: SourceStart, into sink: any RecordSink) {
        var start = start
        var session = Session()
        handover?.waitUntilPrimed()
        while true {
            let answer: SinkAnswer
            do throws(JournalError) {
                answer = try read(from: start, &session, sink)
            } catch {
                sink.health(.unobserved(error.system.unobservedReason, error.description))
                answer = pause(sink)
                start = resumeAfterFailure(start, &session, sink)
            }
            switch answer {
            case .proceed: continue
            case .stop: return
            case .restart(let other):
                start = other
                session = Session()
            }
        }
    }

    /// Waits a little before the next try.
    private func pause(_ sink: any RecordSink) -> SinkAnswer {
        let answer = sink.caughtUp(position: nil)
        if answer != .proceed { return answer }
        waker.wait(milliseconds: Self.retryMilliseconds)
        return sink.caughtUp(position: nil)
    }

    /// A damaged entry that fails twice is stepped over, and said.
    private func resumeAfterFailure(
        _ start: SourceStart, _ session: inout Session, _ sink: any RecordSink
    ) -> SourceStart {
        guard let last = session.last else { return start }
        if session.failedAt == last, let time = last.time {
            sink.lost(
                LogGap(records: nil, from: time, to: nil, reason: "a damaged part of the journal was skipped"),
                position: last.text)
            session.failedAt = nil
            return .since(time + 0.000001)
        }
        session.failedAt = last
        return .after(last.text)
    }

    private func read(
        from start: SourceStart, _ session: inout Session, _ sink: any RecordSink
    ) throws(JournalError) -> SinkAnswer {
        let journal = try Journal(location)
        guard journal.hasFiles() else {
            sink.health(Self.reasonForNothing(location))
            return pause(sink)
        }
        try addMatches(journal)
        let record = LogRecord()
        let folder = folderIdentity
        var entry = JournalEntry(classifier)
        var deliversCurrent = try seek(journal, start, &session)
        /// Entries of no selector since the last position.
        var passed = 0
        sink.health(.reading)
        while true {
            if !deliversCurrent, try !journal.next() {
                if passed > 0 { session.last = JournalPosition(cursor: try journal.cursor()) }
                passed = 0
                let answer = try caughtUp(journal, &session, sink)
                if answer != .proceed { return answer }
                // libsystemd watches the folder that it opened, not its name.
                if folderIdentity != folder {
                    throw JournalError(call: "sd_journal_process: the folder is another one", code: ENOENT)
                }
                continue
            }
            deliversCurrent = false
            if session.gapFrom != nil { try reportGap(journal, &session, sink) }
            guard try entry.read(journal, into: record) else {
                passed += 1
                if passed < Self.passedMax { continue }
                passed = 0
                let position = JournalPosition(cursor: try journal.cursor())
                session.last = position
                let answer = sink.passed(position: position.text, time: try journal.realtime())
                if answer != .proceed { return answer }
                continue
            }
            if entry.isKernel, try isGivenByKmsg(journal) {
                passed += 1
                continue
            }
            passed = 0
            record.time = try journal.realtime()
            var cursorProblem: JournalError?
            let answer = sink.receive(record) {
                do throws(JournalError) {
                    let position = JournalPosition(cursor: try journal.cursor())
                    session.last = position
                    return position.text
                } catch {
                    cursorProblem = error
                    return session.last?.text ?? ""
                }
            }
            if let cursorProblem { throw cursorProblem }
            if answer != .proceed { return answer }
        }
    }

    private func isGivenByKmsg(_ journal: borrowing Journal) throws(JournalError) -> Bool {
        guard let handover, handover.isNeeded else { return false }
        guard try journal.withField("_TRANSPORT", { $0.elementsEqual("kernel".utf8) }) == true else { return false }
        guard try journal.withField("_BOOT_ID", { $0.elementsEqual(handover.bootID.utf8) }) == true,
            let time = try journal.withField(
                "_SOURCE_MONOTONIC_TIMESTAMP", { UInt64(String(decoding: $0, as: UTF8.self)) }) ?? nil
        else { return false }
        return !handover.takesFromJournal(time)
    }

    /// Device and inode of a folder that was named; nil where libsystemd finds the folders itself, or there is none.
    private var folderIdentity: [UInt64]? {
        guard case .folder(let path) = location else { return nil }
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return [UInt64(status.st_dev), UInt64(status.st_ino)]
    }

    /// - Returns: whether the current entry is the first to deliver.
    private func seek(
        _ journal: borrowing Journal, _ start: SourceStart, _ session: inout Session
    ) throws(JournalError) -> Bool {
        switch start {
        case .since(let time):
            try journal.seek(realtime: time)
            return false
        case .after(let text), .at(let text):
            let position = JournalPosition(text)
            try journal.seek(cursor: position.cursor)
            session.last = position
            guard try journal.next() else {
                session.gapFrom = position
                return false
            }
            if try journal.isAt(cursor: position.cursor) {
                if case .at = start { return true }
                return false
            }
            session.gapFrom = position
            // Landed near: behind it is new, before it was read already.
            while JournalPosition(cursor: try journal.cursor()).isAtOrBefore(position) {
                guard try journal.next() else { return false }
            }
            return true
        }
    }

    private func reportGap(
        _ journal: borrowing Journal, _ session: inout Session, _ sink: any RecordSink
    ) throws(JournalError) {
        guard let before = session.gapFrom else { return }
        session.gapFrom = nil
        let here = JournalPosition(cursor: try journal.cursor())
        let known = max(
            before.caughtUp ?? before.time ?? Timestamp(microseconds: 0), session.caughtUp ?? Timestamp(microseconds: 0)
        )
        guard let oldest = try journal.oldestTime(), oldest > known else { return }
        var between: UInt64?
        if let a = before.sequence, let b = here.sequence, before.sequenceID == here.sequenceID {
            guard b > a + 1 else { return }
            between = b - a - 1
        }
        let size =
            between.map { "up to \(counted(Int(clamping: $0), "journal entry", plural: "journal entries"))" }
            ?? "an unknown number of journal entries"
        sink.lost(
            LogGap(
                records: nil, from: known, to: oldest,
                reason: "rotation or vacuuming removed \(size) before they were read"), position: before.text)
    }

    private func caughtUp(
        _ journal: borrowing Journal, _ session: inout Session, _ sink: any RecordSink
    ) throws(JournalError) -> SinkAnswer {
        if let last = session.last, session.gapFrom == nil {
            session.caughtUp = clock.now()
            session.last = JournalPosition(cursor: last.cursor, caughtUp: session.caughtUp)
        }
        // Its files stay readable when it has ended: then nothing can arrive, and nothing is observed.
        sink.health(
            journald.trouble.map { .unobserved(.stale, "systemd-journald \($0): nothing new can arrive") } ?? .reading)
        let answer = sink.caughtUp(position: session.last?.text)
        if answer != .proceed { return answer }
        let (descriptor, events, milliseconds) = try journal.poll()
        waker.wait(for: descriptor, events: events, milliseconds: milliseconds)
        if try journal.process() == .invalidated {
            if !journal.hasFiles() { throw JournalError(call: "sd_journal_process: every file is gone", code: ENOENT) }
            if let last = session.last { session.gapFrom = session.gapFrom ?? last }
        }
        return .proceed
    }

    private func addMatches(_ journal: borrowing Journal) throws(JournalError) {
        if classifier.terms.count > Self.matchesMax { return }
        for term in classifier.terms {
            for match in term { try journal.addMatch(match) }
            try journal.addDisjunction()
        }
    }

    /// Why a journal without files has none: not there, not permitted, or not readable as a journal.
    private static func reasonForNothing(_ location: Journal.Location) -> SourceHealth {
        let folders: [String] =
            switch location {
            case .system: ["/var/log/journal", "/run/log/journal"]
            case .root(let root): [root + "/var/log/journal", root + "/run/log/journal"]
            case .folder(let path): [path]
            case .files(let paths): paths
            }
        var seen: [String] = []
        for folder in folders {
            for file in files(below: folder, depth: 2) where file.contains(".journal") {
                if access(file, R_OK) != 0 {
                    return .unobserved(.forbidden, "\(file): \(String(cString: strerror(errno)))")
                }
                seen.append(file)
            }
            if access(folder, F_OK) == 0, access(folder, R_OK | X_OK) != 0 {
                return .unobserved(.forbidden, "\(folder): \(String(cString: strerror(errno)))")
            }
        }
        if let file = seen.first { return .unobserved(.malformed, "\(file) is not a readable journal file") }
        return .unobserved(.sourceMissing, "no journal in \(folders.joined(separator: " or "))")
    }

    /// Without journals of namespaces (`MACHINE-ID.NAMESPACE`), which are not the machine's own.
    private static func files(below path: String, depth: Int) -> [String] {
        guard depth > 0, let names = try? Files.names(in: path) else { return [path] }
        return names.filter { !$0.contains(".") || $0.contains(".journal") }
            .flatMap { files(below: path + "/" + $0, depth: depth - 1) }
    }
}

extension JournalSource {
    /// The system's journal, and one source for each other folder that rules name.
    static let entry = LogSourceEntry(kind: .journald) { requests, setting in
        var sources = LogSourceEntry.Sources()
        let folders = Dictionary(grouping: requests) { request in
            let folder = request.place.text("directory")
            return ["/var/log/journal", "/run/log/journal"].contains(folder) ? "" : folder
        }
        for (folder, requests) in folders.sorted(by: { $0.key < $1.key }) {
            let groups = requests.map(\.group)
            let source = JournalSource(
                id: folder.isEmpty ? "journal" : "journal:\(folder)",
                location: folder.isEmpty ? setting.journal : .folder(setting.host.path(folder)),
                selectors: groups.map(\.selector), clock: setting.clock,
                journald: folder.isEmpty ? setting.journald : JournaldState(),
                handover: folder.isEmpty ? setting.handover : nil)
            sources.all.append((source, groups))
        }
        return sources
    }
}
