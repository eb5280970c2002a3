package import Findings
package import Platform
import Synchronization

/// Every state that holds on this node, and what is not yet acknowledged of it.
package final class StateTable: Sendable {
    /// States in all; a further one is refused and counted.
    static let statesMax = 2000

    private struct Entry {
        var report: StateReport
        /// Grows with every change.
        var version: Int
        var isSent: Bool
    }

    private struct Contents {
        var entries: [String: Entry] = [:]
        var version = 0
        var refused = 0
    }

    private let contents = Mutex(Contents())
    private let changed: @Sendable () -> Void

    /// - Parameter changed: called, without locks held, when there is something to send.
    package init(changed: @escaping @Sendable () -> Void) { self.changed = changed }

    /// States that did not fit.
    package var refusedCount: Int { contents.withLock { $0.refused } }

    /// A condition or measurement holds. The same again moves only `last`, and is sent with the next heartbeat.
    package func set(_ report: StateReport) {
        let isNews = contents.withLock { contents in Self.set(report, &contents) }
        if isNews { changed() }
    }

    private static func set(_ report: StateReport, _ contents: inout Contents) -> Bool {
        let key = report.key
        contents.version += 1
        if var old = contents.entries[key], old.report.isActive {
            var merged = report
            merged.since = min(old.report.since, report.since)
            let isNews =
                old.report.detection.reason != report.detection.reason
                || old.report.detection.severity != report.detection.severity
            if isNews { merged.since = report.since }
            merged.evidence = Array((old.report.evidence + report.evidence).suffix(Evidence.perFindingMax))
            old = Entry(report: merged, version: contents.version, isSent: old.isSent && !isNews)
            contents.entries[key] = old
            return isNews
        }
        if contents.entries.count >= statesMax {
            contents.refused += 1
            return false
        }
        contents.entries[key] = Entry(report: report, version: contents.version, isSent: false)
        return true
    }

    /// Ends the states that `matches` names.
    package func clear(at time: Timestamp, where matches: (StateReport) -> Bool) {
        let any = contents.withLock { contents in
            var any = false
            for (key, entry) in contents.entries where entry.report.isActive && matches(entry.report) {
                var entry = entry
                contents.version += 1
                entry.report.isActive = false
                entry.report.last = max(time, entry.report.since)
                entry.isSent = false
                entry.version = contents.version
                contents.entries[key] = entry
                any = true
            }
            return any
        }
        if any { changed() }
    }

    /// A sampler or probe looked at these checks: exactly these of its states hold now. A condition that waits for
    /// this owner's word ends when it found nothing.
    package func replace(owner: String, checks: Set<String>, with reports: [StateReport], at time: Timestamp) {
        let keys = Set(reports.map(\.key))
        clear(at: time) { state in
            guard state.owner == owner, checks.contains(state.detection.check) else { return false }
            if state.condition.isEmpty { return !keys.contains(state.key) }
            return !reports.contains { $0.detection.check == state.detection.check }
        }
        for report in reports { set(report) }
    }

    /// Ends what has reached its age.
    package func expire(at now: Timestamp) { clear(at: now) { $0.expires.map { $0 <= now } ?? false } }

    /// What the aggregator remembers of this node: a state of this boot goes on, one of an earlier boot has ended.
    package func restore(_ reports: [StateReport], bootID: String, at now: Timestamp) {
        let anyEnded = contents.withLock { contents in
            var anyEnded = false
            for var report in reports where report.isActive && contents.entries[report.key] == nil {
                if contents.entries.count >= Self.statesMax {
                    contents.refused += 1
                    continue
                }
                let ended = report.bootID != bootID
                if ended {
                    report.isActive = false
                    report.last = now
                    anyEnded = true
                }
                contents.version += 1
                contents.entries[report.key] = Entry(report: report, version: contents.version, isSent: !ended)
            }
            return anyEnded
        }
        if anyEnded { changed() }
    }

    package var active: [StateReport] {
        contents.withLock { $0.entries.values.map(\.report).filter(\.isActive) }
    }

    /// States to send, at most `limit`, with the version of each; with `all`, acknowledged ones too.
    package func unsent(limit: Int, all: Bool = false) -> (reports: [StateReport], versions: [String: Int], more: Bool)
    {
        contents.withLock { contents in
            let waiting = contents.entries.filter {
                all ? $0.value.report.isActive || !$0.value.isSent : !$0.value.isSent
            }
            .sorted { ($0.value.isSent ? 1 : 0, $0.value.version) < ($1.value.isSent ? 1 : 0, $1.value.version) }
            let taken = waiting.prefix(limit)
            return (
                taken.map(\.value.report), Dictionary(uniqueKeysWithValues: taken.map { ($0.key, $0.value.version) }),
                waiting.count { !$0.value.isSent } > limit
            )
        }
    }

    /// The aggregator has them. Ended ones that did not change since are forgotten.
    package func acknowledge(_ versions: [String: Int]) {
        contents.withLock { contents in
            for (key, version) in versions where contents.entries[key]?.version == version {
                if contents.entries[key]?.report.isActive == false {
                    contents.entries[key] = nil
                } else {
                    contents.entries[key]?.isSent = true
                }
            }
        }
    }

    /// The aggregator lost its store: everything is news again.
    package func forgetAcknowledgements() {
        contents.withLock { contents in
            for key in Array(contents.entries.keys) { contents.entries[key]?.isSent = false }
        }
    }
}
