import Findings
internal import Glibc
package import Host
package import Platform
package import Regex
package import RuleEngine
import Synchronization

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
    private let unparsable = Mutex<(count: Int, example: String)>((0, ""))
    private static let pollMilliseconds: Int32 = 250
    private static let chunkBytes = 64 << 10

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

    /// Lines that lacked the promised form, with one example: counted, not logged one by one.
    var unparsableLines: (count: Int, example: String) { unparsable.withLock { $0 } }

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
        var line: [UInt8] = []
        while true {
            do throws(SystemError) {
                try session.openIfNeeded()
                session.noticeTruncation()
                sink.health(.reading)
                var answer = SinkAnswer.proceed
                while answer == .proceed, try session.nextLine(into: &line) {
                    answer = deliver(line, session, record, since, sink)
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
        _ sink: any RecordSink
    ) -> SinkAnswer {
        if line.isEmpty || reader.skips(line) { return .proceed }
        guard let (time, range) = reader.translate(line, now: clock.now()) else {
            unparsable.withLock {
                $0 = ($0.count + 1, TextSafety.cut(String(decoding: line, as: UTF8.self), bytesMax: 200))
            }
            return .proceed
        }
        if let since, time < since { return .proceed }
        line.withUnsafeBytes { record.setText(UnsafeRawBufferPointer(rebasing: $0[range])) }
        record.isTruncated = record.isTruncated || session.lineWasCut
        record.time = time
        // A value now, its text only when somebody asks.
        let position = session.filePosition
        return sink.receive(record, position: { position?.text ?? "" })
    }
}

/// A place in a file.
struct FilePosition: Equatable {
    var device: UInt64
    var inode: UInt64
    var offset: Int
    var fingerprint: String
    /// Bytes of the record before `offset`.
    var length: Int

    init(device: UInt64, inode: UInt64, offset: Int, fingerprint: String, length: Int) {
        self.length = length
        self.device = device
        self.inode = inode
        self.offset = offset
        self.fingerprint = fingerprint
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 5, let device = UInt64(parts[0]), let inode = UInt64(parts[1]),
            let offset = Int(parts[2]), let length = Int(parts[4]), (0...offset).contains(length)
        else { return nil }
        self.init(device: device, inode: inode, offset: offset, fingerprint: String(parts[3]), length: length)
    }

    var text: String { "\(device):\(inode):\(offset):\(fingerprint):\(length)" }

    func isSameFile(as other: FilePosition) -> Bool {
        // Fingerprints of different lengths are of different moments; the inode decides then.
        let prefixes = [fingerprint, other.fingerprint].map { $0.split(separator: "-").first ?? "" }
        return device == other.device && inode == other.inode
            && (prefixes[0] != prefixes[1] || fingerprint == other.fingerprint)
    }
}
