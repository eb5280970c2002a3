import Findings
internal import Glibc
import Host
package import Platform
package import RuleEngine

/// The kernel's log through `/dev/kmsg`.
///
/// Positions: `<boot id>:<sequence>:<microseconds>`, and of one that stands in for the journal `:<from>`
/// (`KernelHandover`). `EPIPE` means that records were overwritten before they were
/// read; reading goes on and the gap in the sequence says how many.
package final class KmsgSource: LogSource {
    /// Of one that stands in for the journal.
    package static let standInID = "kmsg-stand-in"

    package let id: String
    package let selectors: [SourceSelector]
    private let path: String
    private let bootID: String
    private let clock: any WallClock
    /// It gives only what the journal cannot; nil: everything.
    private let handover: KernelHandover?
    private let waker = Waker()

    /// A record of the kernel's is at most 8 KiB with its escapes and dictionary (`CONSOLE_EXT_LOG_MAX`).
    private static let recordBytesMax = 16 << 10
    private static let retryMilliseconds: Int32 = 5000
    private static let idleMilliseconds: Int32 = 1000
    private static let overwritten = "the kernel's buffer was overwritten before it was read"

    package init(
        id: String = "kmsg", path: String, bootID: String, selectors: [SourceSelector], clock: any WallClock,
        handover: KernelHandover? = nil
    ) {
        self.id = id
        self.handover = handover
        self.path = path
        self.bootID = bootID
        self.selectors = selectors
        self.clock = clock
    }

    package func wake() { waker.wake() }

    package func begin(committed: String?) { handover?.prime(committed.flatMap { Position($0) }) }

    /// Whether this program may read it: without privileges it may not.
    package static func isReadable(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }

    package func isCovered(_ position: String, by committed: String) -> Bool {
        guard let a = Position(position), let b = Position(committed), a.boot == b.boot else { return false }
        return a.sequence <= b.sequence
    }

    struct Position: Equatable {
        var boot: String
        var sequence: UInt64
        var microseconds: UInt64
        var from: UInt64?

        init(boot: String, sequence: UInt64, microseconds: UInt64, from: UInt64? = nil) {
            self.boot = boot
            self.sequence = sequence
            self.microseconds = microseconds
            self.from = from
        }

        init?(_ text: String) {
            let parts = text.split(separator: ":")
            guard parts.count == 3 || parts.count == 4, let sequence = UInt64(parts[1]), let time = UInt64(parts[2])
            else { return nil }
            self.init(boot: String(parts[0]), sequence: sequence, microseconds: time)
            guard parts.count == 4 else { return }
            guard let from = UInt64(parts[3]) else { return nil }
            self.from = from
        }

        var text: String { "\(boot):\(sequence):\(microseconds)" + (from.map { ":\($0)" } ?? "") }
    }

    /// Records before this are not delivered.
    private enum Floor {
        case time(Timestamp)
        case sequence(UInt64)
    }

    package func run(from start: SourceStart, into sink: any RecordSink) {
        var start = start
        // What was given but not acknowledged is given again, also when the journal is back.
        var mayRepeat = handover != nil
        while true {
            if let handover, !handover.begin(), !(mayRepeat && handover.isNeeded) {
                switch sink.caughtUp(position: nil) {
                case .proceed: waker.wait(milliseconds: Self.idleMilliseconds)
                case .restart(let other): (start, mayRepeat) = (other, true)
                case .stop: return
                }
                continue
            }
            mayRepeat = false
            let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            if descriptor < 0 {
                let problem = SystemError(call: "open", path: path, code: errno)
                sink.health(.unobserved(problem.unobservedReason, problem.description))
                switch sink.caughtUp(position: nil) {
                case .proceed: waker.wait(milliseconds: Self.retryMilliseconds)
                case .restart(let other): (start, mayRepeat) = (other, true)
                case .stop: return
                }
                continue
            }
            var last: Position?
            let answer = read(descriptor, from: start, &last, into: sink)
            close(descriptor)
            switch answer {
            case .restart(let other): (start, mayRepeat) = (other, true)
            // The journal goes on.
            case .proceed where handover != nil: start = last.map { .after($0.text) } ?? start
            default: return
            }
        }
    }

    private func floor(_ start: SourceStart) -> (Floor, expected: UInt64?) {
        switch start {
        case .since(let time): return (.time(time), nil)
        case .after(let text), .at(let text):
            guard let position = Position(text), position.boot == bootID else {
                // Another boot's position: everything of this boot is new.
                return (.sequence(0), nil)
            }
            var first = position.sequence
            if case .after = start { first += 1 }
            return (.sequence(first), first)
        }
    }

    /// - Parameter last: of the records that were given.
    private func read(
        _ descriptor: Int32, from start: SourceStart, _ last: inout Position?, into sink: any RecordSink
    ) -> SinkAnswer {
        var (floor, expected) = floor(start)
        // What is missing before it began may be in the journal.
        if handover != nil { expected = nil }
        var isFirst = true
        var wasOverrun = false
        let record = LogRecord()
        record.selectors = selectors.isEmpty ? 0 : UInt64.max >> UInt64(64 - min(64, selectors.count))
        var scratch: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.recordBytesMax, alignment: 1)
        defer { buffer.deallocate() }
        sink.health(.reading)
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                switch errno {
                case EAGAIN:
                    let answer = sink.caughtUp(position: last?.text)
                    if answer != .proceed { return answer }
                    if let handover, !handover.begin() { return .proceed }
                    waker.wait(for: descriptor, milliseconds: 1000)
                case EPIPE: wasOverrun = true
                case EINTR: continue
                default:
                    let problem = SystemError(call: "read", path: path, code: errno)
                    sink.health(.unobserved(problem.unobservedReason, problem.description))
                    waker.wait(milliseconds: Self.retryMilliseconds)
                    return .restart(last.map { .after($0.text) } ?? start)
                }
                continue
            }
            let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[0..<count])
            let parsed: KmsgRecord
            do throws(KmsgRecord.Malformed) { parsed = try KmsgRecord(bytes) } catch {
                sink.lost(
                    LogGap(records: 1, from: nil, to: nil, reason: "not a valid record: \(error.message)"),
                    position: last?.text)
                continue
            }
            var position = Position(boot: bootID, sequence: parsed.sequence, microseconds: parsed.microseconds)
            record.time = wallTime(parsed.microseconds)
            if let wanted = expected, parsed.sequence > wanted {
                sink.lost(
                    LogGap(
                        records: Int(clamping: parsed.sequence - wanted), from: last.map { wallTime($0.microseconds) },
                        to: record.time, reason: Self.overwritten),
                    position: last?.text)
                wasOverrun = false
            }
            switch floor {
            case .time(let time) where record.time < time:
                // What was overwritten is older than this record, so nobody asked for it.
                wasOverrun = false
                continue
            case .sequence(let first) where parsed.sequence < first:
                isFirst = false
                continue
            default: floor = .sequence(0)
            }
            if wasOverrun, expected == nil {
                sink.lost(
                    LogGap(records: nil, from: nil, to: record.time, reason: Self.overwritten), position: nil)
            }
            wasOverrun = false
            expected = parsed.sequence + 1
            if let handover {
                switch handover.answer(kmsg: parsed.microseconds) {
                case .give:
                    position.from = handover.from(of: parsed.microseconds)
                    if isFirst, parsed.sequence > 0 {
                        sink.lost(
                            LogGap(records: nil, from: nil, to: record.time, reason: Self.overwritten), position: nil)
                    }
                    isFirst = false
                case .skip:
                    isFirst = false
                    continue
                case .end: return sink.caughtUp(position: last?.text)
                }
            }
            last = position
            parsed.decodeText(bytes, into: record, scratch: &scratch)
            if record.text.isEmpty { continue }
            let answer = sink.receive(record, position: { position.text })
            if answer != .proceed { return answer }
        }
    }

    /// Kernel time counts from boot; the wall clock may have been set since, so the offset is taken now.
    private func wallTime(_ microseconds: UInt64) -> Timestamp {
        var sinceBoot = timespec()
        clock_gettime(CLOCK_MONOTONIC, &sinceBoot)
        let uptime = Int64(sinceBoot.tv_sec) * 1_000_000 + Int64(sinceBoot.tv_nsec) / 1000
        return Timestamp(microseconds: clock.now().microseconds - uptime + Int64(clamping: microseconds))
    }
}

extension KmsgSource {
    static let entry = LogSourceEntry(kind: .kmsg) { requests, setting in
        let groups = requests.map(\.group)
        let source = KmsgSource(
            path: setting.host.kmsg, bootID: setting.bootID, selectors: groups.map(\.selector), clock: setting.clock)
        return LogSourceEntry.Sources(all: [(source, groups)])
    }
}
