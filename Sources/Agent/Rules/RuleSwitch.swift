import AgentState
import Findings
package import LogReading
import LogSources
package import Logging
package import Platform
import RuleEngine
import Synchronization

/// Brings changed rules into force: sources stop between two records and go on with the new rules from there, with all
/// that open windows, counters and joined lines remember.
package struct RuleSwitch: Sendable {
    package let context: SourceContext
    package let board: SourceBoard
    package let clock: any WallClock
    package let logger: Logger

    package init(context: SourceContext, board: SourceBoard, clock: any WallClock, logger: Logger) {
        self.context = context
        self.board = board
        self.clock = clock
        self.logger = logger
    }

    /// - Parameter loader: what was in force before.
    package func apply(_ loaded: RuleLoader.Loaded) async {
        let before = board.rules
        RuleProblemReport.note(loaded.problems, context, clock.now())
        if before.set.digest == loaded.rules.set.digest, before.adjustmentsDigest == loaded.rules.adjustmentsDigest {
            board.set(loaded.rules, board.workers)
            context.observations.touch()
            context.signal.set()
            return
        }
        let old = board.workers
        for worker in old { await worker.finish() }
        var workers: [SourceWorker] = []
        for worker in context.workers(for: loaded.rules.set, board) {
            start(worker, after: old.first { $0.source.id == worker.source.id })
            workers.append(worker)
        }
        board.set(loaded.rules, workers)
        endOrphans(loaded.rules.set)
        context.observations.keep(checks: Set(workers.flatMap(\.checks)), of: Set(old.map(\.source.id)))
        logger.info(
            "Changed rules are in force.",
            metadata: [
                "rules": "\(loaded.rules.set.rules.count)", "digest": "\(loaded.rules.set.digest.prefix(8))",
            ])
        context.observations.touch()
        context.signal.set()
    }

    private func start(_ worker: SourceWorker, after old: SourceWorker?) {
        let first = SourceStart.since(max(context.setting.bootTime, clock.now() - StartTime.firstLookbackSeconds))
        let end = worker.ledger.end
        let heir = end != nil && old?.isWhole == true ? old : nil
        let begin = heir != nil && end != nil ? .after(end ?? "") : worker.ledger.rewind(firstStart: first)
        if !NativeThread.start({ worker.run(from: begin, adopting: heir) }) {
            worker.abandon()
            worker.health(.unobserved(.unreachable, "no thread could be started for this source"))
        }
    }

    /// A condition whose rule is gone, or no longer sets it, ends: nobody would ever clear it.
    private func endOrphans(_ set: RuleSet) {
        let setters = Set(set.rules.compactMap { rule in rule.condition.map { rule.id + " " + $0.type } })
        context.states.clear(at: clock.now()) { state in
            !state.condition.isEmpty && !state.owner.hasPrefix("plugin:")
                && !setters.contains(state.detection.rule + " " + state.condition)
        }
    }
}
