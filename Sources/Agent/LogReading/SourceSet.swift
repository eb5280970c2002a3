import LogSources
import Synchronization

/// The sources that run now, and everything of theirs that outlives a change of rules: ledgers and counters.
package final class SourceSet: Sendable {
    private struct Contents {
        var rules: RunningRules
        var workers: [SourceWorker] = []
        var ledgers: [SourceLedger] = []
        /// Of sources that no longer run.
        var retired = SourceWorker.Counters()
    }

    private let contents: Mutex<Contents>
    private let changed: @Sendable () -> Void

    /// - Parameter changed: called when a ledger has something to send.
    package init(_ rules: RunningRules, changed: @escaping @Sendable () -> Void) {
        contents = Mutex(Contents(rules: rules))
        self.changed = changed
    }

    package var rules: RunningRules { contents.withLock { $0.rules } }
    package var workers: [SourceWorker] { contents.withLock { $0.workers } }
    package var ledgers: [SourceLedger] { contents.withLock { $0.ledgers } }

    /// The ledger of a source, also of one that ran before.
    func ledger(for source: String) -> SourceLedger {
        contents.withLock { contents in
            if let known = contents.ledgers.first(where: { $0.source == source }) { return known }
            let ledger = SourceLedger(source: source, changed: changed)
            contents.ledgers.append(ledger)
            return ledger
        }
    }

    package func set(_ rules: RunningRules, _ workers: [SourceWorker]) {
        contents.withLock { contents in
            let kept = Set(workers.map(\.source.id))
            for old in contents.workers where !kept.contains(old.source.id) {
                let counters = old.counters
                contents.retired.lines += counters.lines
                contents.retired.matched += counters.matched
                contents.retired.truncated += counters.truncated
            }
            contents.rules = rules
            contents.workers = workers
        }
    }

    /// Of all sources since the start.
    package var counters: SourceWorker.Counters {
        contents.withLock { contents in
            contents.workers.map(\.counters).reduce(into: contents.retired) { sum, counters in
                sum.lines += counters.lines
                sum.matched += counters.matched
                sum.truncated += counters.truncated
            }
        }
    }
}
