import Findings
package import Host
package import Platform
package import Regex
package import RuleEngine

/// A log file, followed over rotation by rename, by re-creation and by copy-and-truncate, also of several at once.
///
/// Positions: `FilePosition`. The file is looked at every 250 ms instead of watched: no inotify instance that a crowded
/// node may not have.
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
        guard let a = FilePosition(position), let b = FilePosition(committed) else { return false }
        return a.isCovered(by: b)
    }

    package func run(from start: SourceStart, into sink: any RecordSink) {
        var start = start
        while case .restart(let other) = follow(FileSession(path: path), start, sink) { start = other }
    }

    /// - Returns: what the sink asked for.
    private func follow(_ session: FileSession, _ start: SourceStart, _ sink: any RecordSink) -> SinkAnswer {
        let record = LogRecord()
        // Every group that reads this file reads all of it.
        record.selectors = UInt64.max
        var form = Form.unknown
        var line: [UInt8] = []
        var hasBegun = false
        // Lines older than this are not wanted; once the log has been read to its end, all that come are new, whatever
        // is done to the clock.
        var since: Timestamp?
        if case .since(let time) = start { since = time }
        while true {
            do throws(SystemError) {
                if !hasBegun { try begin(session, start) }
                hasBegun = true
                for gap in session.takeGaps() { sink.lost(gap, position: session.position?.text) }
                try session.look()
                sink.health(form == .missing ? Self.withoutForm : .reading)
                var answer = SinkAnswer.proceed
                while answer == .proceed, try session.nextLine(into: &line) {
                    answer = deliver(line, session, record, since, &form, sink)
                }
                if answer != .proceed { return answer }
                let hasMore = try session.advance()
                for gap in session.takeGaps() { sink.lost(gap, position: session.position?.text) }
                if hasMore { continue }
                since = nil
            } catch {
                sink.health(.unobserved(error.unobservedReason, error.description))
            }
            let answer = sink.caughtUp(position: session.position?.text)
            if answer != .proceed { return answer }
            waker.wait(milliseconds: Self.pollMilliseconds)
        }
    }

    private func begin(_ session: FileSession, _ start: SourceStart) throws(SystemError) {
        switch start {
        case .since(let time): try session.begin(since: time)
        case .after(let text):
            if let position = FilePosition(text) { try session.resume(position) }
        case .at(let text):
            if let position = FilePosition(text) { try session.resume(position, readsRecordAgain: true) }
        }
    }

    private func deliver(
        _ line: [UInt8], _ session: FileSession, _ record: LogRecord, _ since: Timestamp?, _ form: inout Form,
        _ sink: any RecordSink
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
        return sink.receive(record, position: { session.position?.text ?? "" })
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
