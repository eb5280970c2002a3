package import Findings
package import Platform
import Synchronization
import Wire

/// What could be looked at, per check and source.
package final class ObservationTable: Sendable {
    private struct Contents {
        var all: [String: Observation] = [:]
        var version = 0
        var sentVersion = -1
    }

    /// Of gaps in logs: whatever rules look for, entries may be lost.
    package static let gapCheck = "LogGap"

    private let contents = Mutex(Contents())
    private let changed: @Sendable () -> Void

    package init(changed: @escaping @Sendable () -> Void) { self.changed = changed }

    /// Notes an outcome; the same outcome again keeps its `since`.
    package func note(_ observation: Observation) {
        let isNews = contents.withLock { contents in
            let key = observation.check + "|" + observation.source
            if let old = contents.all[key], old.outcome == observation.outcome, old.reason == observation.reason {
                if old.detail != observation.detail { contents.all[key]?.detail = observation.detail }
                return false
            }
            contents.all[key] = observation
            contents.version += 1
            return true
        }
        if isNews { changed() }
    }

    /// Makes the next batch due at once, with all observations and the newest vitals.
    package func touch() { contents.withLock { $0.version += 1 } }

    /// Under changed rules: of these sources only these checks are still looked for.
    package func keep(checks: Set<String>, of sources: Set<String>) {
        contents.withLock { contents in
            let gone = contents.all.filter { _, old in
                sources.contains(old.source) && old.check != Self.gapCheck && !checks.contains(old.check)
            }
            for key in gone.keys { contents.all[key] = nil }
            if !gone.isEmpty { contents.version += 1 }
        }
    }

    /// A gap in a log is said for an hour, as long as its findings would count.
    package func expireGaps(before time: Timestamp) {
        let gone = all.filter { $0.reason == .truncated && $0.since < time }
        for old in gone {
            note(Observation(check: old.check, source: old.source, outcome: .healthy, since: time))
        }
    }

    package var all: [Observation] {
        contents.withLock { $0.all.values.sorted { ($0.check, $0.source) < ($1.check, $1.source) } }
    }

    /// All of them when something changed since the last acknowledged sending.
    package func unsent() -> (observations: [Observation]?, version: Int) {
        contents.withLock { contents in
            if contents.version == contents.sentVersion { return (nil, contents.version) }
            let sorted = contents.all.values.sorted { ($0.check, $0.source) < ($1.check, $1.source) }
            return (Array(sorted.prefix(Batch.observationsMax)), contents.version)
        }
    }

    package func acknowledge(version: Int) { contents.withLock { $0.sentVersion = version } }
    package func forgetAcknowledgements() { contents.withLock { $0.sentVersion = -1 } }
}
