package import Platform
import Synchronization

/// The agent's heartbeat, which `ke-agent health` reads: the agent opens no port.
///
/// It lies in memory (`/dev/shm`), so that a full or read-only disk does not make a living agent look dead. Lines: the
/// heartbeat's time in microseconds; `reporting`, or `silent <microseconds> <why>` since the aggregator does not take
/// reports. Agents of earlier versions wrote the first line alone.
package struct HeartbeatFile: Sendable {
    package static let staleSeconds = 60.0
    private static let reasonBytesMax = 500

    /// Whether the aggregator takes this agent's reports.
    package enum Reporting: Equatable, Sendable {
        case yes
        /// Not since then, and why.
        case no(since: Timestamp, reason: String)
        /// Nothing is known yet, or it is not said.
        case unknown
    }

    let path: String

    package init(stateDir: String) {
        var hash = StableHash()
        hash.combine(stateDir)
        path = (Files.exists("/dev/shm") ? "/dev/shm" : stateDir) + "/ke-agent-\(hash.hex)"
    }

    func write(at time: Timestamp, _ reporting: Reporting) throws(SystemError) {
        var text = "\(time.microseconds)\n"
        switch reporting {
        case .yes: text += "reporting\n"
        case .no(let since, let reason):
            let words = TextSafety.cut(TextSafety.printable(reason), bytesMax: Self.reasonBytesMax)
            text += "silent \(since.microseconds) \(words)\n"
        case .unknown: break
        }
        try Files.writeAtomically(Array(text.utf8), to: path)
    }

    /// Seconds since the last heartbeat, and whether the aggregator takes reports.
    /// - Throws: `SystemError` when there never was one.
    package func read(now: Timestamp) throws(SystemError) -> (age: Double, reporting: Reporting) {
        let lines = try Files.text(path).split(separator: "\n", omittingEmptySubsequences: false)
        let beat = Timestamp(microseconds: lines.first.flatMap { Int64($0) } ?? 0)
        let words = (lines.count > 1 ? lines[1] : "").split(separator: " ", maxSplits: 2)
        let reporting: Reporting =
            switch words.first {
            case "reporting": .yes
            case "silent" where words.count == 3:
                .no(since: Timestamp(microseconds: Int64(words[1]) ?? 0), reason: String(words[2]))
            default: .unknown
            }
        return (now.seconds(since: beat), reporting)
    }
}

/// The state that the heartbeat file tells: written by `HeartbeatService` every few seconds, and at once when reports
/// begin or cease to be taken.
package final class HeartbeatState: Sendable {
    private let file: HeartbeatFile
    private let clock: any WallClock
    private let reporting = Mutex(HeartbeatFile.Reporting.unknown)

    package init(_ file: HeartbeatFile, clock: any WallClock) {
        self.file = file
        self.clock = clock
    }

    func beat() throws(SystemError) {
        let result = reporting.withLock { reporting in
            Result { () throws(SystemError) in try file.write(at: clock.now(), reporting) }
        }
        try result.get()
    }

    /// - Parameter problem: why the last report was not taken; nil: it was.
    package func note(_ problem: String?) {
        let isChange = reporting.withLock { reporting in
            let before = reporting
            if let problem {
                var since = clock.now()
                if case .no(let first, _) = before { since = first }
                reporting = .no(since: since, reason: problem)
            } else {
                reporting = .yes
            }
            return reporting != before
        }
        // What cannot be written now the service writes, and says, in a moment.
        if isChange { try? beat() }
    }
}
