import Synchronization

@testable import LogSources
@testable import Platform

/// Keeps what a source delivers and stops it when there is enough.
final class CollectingSink: RecordSink, Sendable {
    struct Line: Equatable, Sendable {
        var text: String
        var position: String
        var time: Timestamp
        var selectors: UInt64
        var isTruncated: Bool
    }

    struct Contents: Sendable {
        var lines: [Line] = []
        var gaps: [LogGap] = []
        var health: [SourceHealth] = []
        var caughtUp = 0
        var passed = 0
        var position: String?
        var isStopped = false
    }

    let contents = Mutex(Contents())
    private let enough: @Sendable (Contents) -> Bool

    /// Called on the source's thread when it says that it reads, before its first read.
    private let onReading: @Sendable () -> Void

    init(
        onReading: @escaping @Sendable () -> Void,
        until enough: @escaping @Sendable (Contents) -> Bool
    ) {
        self.enough = enough
        self.onReading = onReading
    }

    convenience init(until enough: @escaping @Sendable (Contents) -> Bool = { $0.caughtUp > 0 }) {
        self.init(onReading: {}, until: enough)
    }

    var all: Contents { contents.withLock { $0 } }
    var texts: [String] { all.lines.map(\.text) }
    func stop() { contents.withLock { $0.isStopped = true } }

    private func answer(_ contents: Contents) -> SinkAnswer {
        contents.isStopped || enough(contents) ? .stop : .proceed
    }

    func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer {
        let line = Line(
            text: String(decoding: record.text, as: UTF8.self), position: position(), time: record.time,
            selectors: record.selectors, isTruncated: record.isTruncated)
        return contents.withLock { contents in
            contents.lines.append(line)
            return answer(contents)
        }
    }

    func passed(position: String, time: Timestamp) -> SinkAnswer {
        contents.withLock { contents in
            contents.passed += 1
            contents.position = position
            return answer(contents)
        }
    }

    func caughtUp(position: String?) -> SinkAnswer {
        contents.withLock { contents in
            contents.caughtUp += 1
            contents.position = position ?? contents.position
            return answer(contents)
        }
    }

    func lost(_ gap: LogGap, position: String?) { contents.withLock { $0.gaps.append(gap) } }
    func health(_ health: SourceHealth) {
        contents.withLock { if $0.health.last != health { $0.health.append(health) } }
        if case .reading = health { onReading() }
    }
}

extension LogSource {
    /// Reads on a thread of its own until the sink has enough.
    func collect(from start: SourceStart, into sink: CollectingSink = CollectingSink()) async -> CollectingSink.Contents
    {
        await withCheckedContinuation { continuation in
            _ = NativeThread.start {
                self.run(from: start, into: sink)
                continuation.resume()
            }
        }
        return sink.all
    }
}
