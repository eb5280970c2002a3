import Findings
internal import Glibc
package import Host
package import Platform
package import Regex
package import RuleEngine

/// A log file, followed over rotation by rename, by re-creation and by copy-and-truncate.
///
/// Positions: `<device>:<inode>:<offset>:<fingerprint>:<length>`, the offset behind the record's line break and the
/// record's length with it; the fingerprint is a hash of the file's first bytes, which tells a truncated and refilled
/// file from the one that was read. The file is looked at every 250 ms instead of watched: no inotify instance that
/// a crowded node may not have.
package final class FileSource: LogSource {
    package let id: String
    package let selectors: [SourceSelector]
    private let path: String
    private let reader: FileLineReader
    private let clock: any WallClock
    private let waker = Waker()
    private static let pollMilliseconds: Int32 = 250
    private static let withoutForm = SourceHealth.unobserved(
        .malformed, "no line has the form that the settings `timestamp`, `timestampFormat` and `message` describe")

    /// Whether any line so far had the form that the settings describe.
    private enum Form { case unknown, missing, present }

    package init(
        format: SourceSelector.FileFormat, host: HostRoot, clock: any WallClock
    ) throws(RegexError) {
        id = "file:\(format.path)"
        selectors = [.file(format)]
        path = host.path(format.path)
        reader = try FileLineReader(format)
        self.clock = clock
    }

    package func wake() { waker.wake() }

    package func isCovered(_ position: String, by committed: String) -> Bool {
        guard let a = FilePosition(position), let b = FilePosition(committed), a.isSameFile(as: b) else { return false }
        return a.offset <= b.offset
    }

    package func run(from start: SourceStart, into sink: any RecordSink) {
        var start = start
        while true {
            var session = FileSession(path: path)
            switch follow(&session, start, sink) {
            case .restart(let other): start = other
            default: return
            }
        }
    }

    private func follow(_ session: inout FileSession, _ start: SourceStart, _ sink: any RecordSink) -> SinkAnswer {
        var since: Timestamp?
        switch start {
        case .since(let time): since = time
        case .after(let text), .at(let text):
            if var position = FilePosition(text) {
                if case .at = start { position.offset -= position.length }
                if let gap = session.resume(position) { sink.lost(gap, position: text) }
            }
        }
        let record = LogRecord()
        // Every group that reads this file reads all of it.
        record.selectors = UInt64.max
        var form = Form.unknown
        var line: [UInt8] = []
        while true {
            do throws(SystemError) {
                try session.openIfNeeded()
                session.noticeTruncation()
                sink.health(form == .missing ? Self.withoutForm : .reading)
                var answer = SinkAnswer.proceed
                while answer == .proceed, try session.nextLine(into: &line) {
                    answer = deliver(line, session, record, since, &form, sink)
                }
                if answer != .proceed { return answer }
                if session.rotate() { continue }
            } catch {
                sink.health(.unobserved(error.unobservedReason, error.description))
            }
            let answer = sink.caughtUp(position: session.position)
            if answer != .proceed { return answer }
            waker.wait(milliseconds: Self.pollMilliseconds)
        }
    }

    private func deliver(
        _ line: [UInt8], _ session: borrowing FileSession, _ record: LogRecord, _ since: Timestamp?,
        _ form: inout Form, _ sink: any RecordSink
    ) -> SinkAnswer {
        if line.isEmpty || reader.skips(line) { return .proceed }
        guard let (time, range) = reader.translate(line, now: clock.now()) else {
            if form == .unknown { form = .missing }
            return .proceed
        }
        form = .present
        if let since, time < since { return .proceed }
        line.withUnsafeBytes { record.setText(UnsafeRawBufferPointer(rebasing: $0[range])) }
        record.isTruncated = record.isTruncated || session.lineWasCut
        record.time = time
        // A value now, its text only when somebody asks.
        let position = session.filePosition
        return sink.receive(record, position: { position?.text ?? "" })
    }
}

extension FileSource {
    /// One source for each file and way of reading it.
    static let entry = LogSourceEntry(kind: .file) { requests, setting in
        var sources = LogSourceEntry.Sources()
        let places = Dictionary(grouping: requests, by: \.place)
        for (place, requests) in places.sorted(by: { $0.key.title < $1.key.title }) {
            guard let format = place.file else { continue }
            do throws(RegexError) {
                let source = try FileSource(format: format, host: setting.host, clock: setting.clock)
                sources.all.append((source, requests.map(\.group)))
            } catch {
                sources.problems.append(
                    Observation(
                        check: "agent", source: "file:\(format.path)", outcome: .unobserved, reason: .malformed,
                        since: setting.clock.now(), detail: error.message))
            }
        }
        return sources
    }
}
