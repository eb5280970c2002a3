import AgentState
import Findings
package import LogReading
import LogSources
package import Logging
package import Platform
import RuleEngine
import Synchronization

/// Puts changed rules into force: sources stop between two records and go on with the new rules from there, with all
/// that open windows, counters and joined lines remember.
package struct RuleReloader: Sendable {
    package let context: SourceContext
    package let sources: SourceSet
    package let clock: any WallClock
    package let logger: Logger

    package init(context: SourceContext, sources: SourceSet, clock: any WallClock, logger: Logger) {
        self.context = context
        self.sources = sources
        self.clock = clock
        self.logger = logger
    }

    /// - Parameter loaded: what is to be in force from now on.
    package func apply(_ loaded: RuleLoader.Loaded) async {
        let before = sources.rules
        RuleProblemReport.note(loaded.problems, context, clock.now())
        if before.set.digest == loaded.rules.set.digest, before.adjustmentsDigest == loaded.rules.adjustmentsDigest {
            sources.set(loaded.rules, sources.workers)
            context.observations.touch()
            context.signal.set()
            return
        }
        let old = sources.workers
        for worker in old { await worker.finish() }
        var workers: [SourceWorker] = []
        for worker in context.workers(for: loaded.rules.set, sources) {
            start(worker, after: old.first { $0.source.id == worker.source.id })
            workers.append(worker)
        }
        sources.set(loaded.rules, workers)
        endOrphans(loaded.rules.set)
        context.observations.keep(checks: Set(workers.flatMap(\.checks)), of: Set(old.map(\.source.id)))
        logger.info(
            "Changed rules have taken effect.",
            metadata: [
                "rules": "\(loaded.rules.set.rules.count)", "digest": "\(loaded.rules.set.digest.prefix(8))",
            ])
        context.observations.touch()
        context.signal.set()
    }

    private func start(_ worker: SourceWorker, after old: SourceWorker?) {
        let first = SourceStart.since(max(context.setting.bootTime, clock.now() - StartTime.firstLookbackSeconds))
        let end = worker.ledger.end
        let predecessor = end != nil && old?.isWhole == true ? old : nil
        let begin = predecessor != nil && end != nil ? .after(end ?? "") : worker.ledger.rewind(firstStart: first)
        worker.start(from: begin, adopting: predecessor)
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
