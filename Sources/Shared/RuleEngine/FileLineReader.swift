package import Platform
package import Regex

/// Time and message of a log file's lines, by node-problem-detector's filelog settings.
package struct FileLineReader: Sendable {
    private let skipList: [[UInt8]]
    private let timestamp: Regex?
    private let message: Regex?
    private let layout: GoTimeLayout?

    package init(_ format: SourceSelector.FileFormat) throws(RegexError) {
        skipList = format.skipList.map { Array($0.utf8) }
        timestamp = format.timestamp.isEmpty ? nil : try Regex(format.timestamp)
        message = format.message.isEmpty ? nil : try Regex(format.message)
        layout = format.timestampFormat.isEmpty ? nil : GoTimeLayout(format.timestampFormat)
    }

    /// Whether a raw line is dropped before anything else looks at it.
    package func skips(_ line: [UInt8]) -> Bool {
        skipList.contains { skip in
            if skip.isEmpty { return true }
            guard line.count >= skip.count else { return false }
            return (0...(line.count - skip.count)).contains {
                line[$0] == skip[0] && line[$0..<$0 + skip.count].elementsEqual(skip)
            }
        }
    }

    /// The line's time and message, or nil when it does not have the form that the settings promise.
    package func translate(_ line: [UInt8], now: Timestamp) -> (time: Timestamp, message: Range<Int>)? {
        var time = now
        if let timestamp {
            guard let range = Self.last(timestamp, line) else { return nil }
            if let layout {
                guard let parsed = layout.parse(String(decoding: line[range], as: UTF8.self), now: now) else {
                    return nil
                }
                time = parsed
            }
        }
        guard let message else { return (time, 0..<line.count) }
        guard let range = Self.last(message, line) else { return nil }
        return (time, range)
    }

    /// The last submatch, or the whole match of a pattern without groups.
    private static func last(_ regex: Regex, _ line: [UInt8]) -> Range<Int>? {
        guard let ranges = regex.firstMatch(in: line.span), let whole = ranges[0] else { return nil }
        if ranges.count == 1 { return whole }
        return ranges[ranges.count - 1] ?? whole.lowerBound..<whole.lowerBound
    }
}
