package import LogSources
import Platform
import ServiceLifecycle

/// Starts a thread for each source of the first rules, and stops all sources that run at shutdown.
///
/// Sources of changed rules are started by the reloader.
package struct SourcesService: Service {
    package struct Start: Sendable {
        package var worker: SourceWorker
        package var begin: SourceStart

        package init(_ worker: SourceWorker, begin: SourceStart) {
            self.worker = worker
            self.begin = begin
        }
    }

    private let sources: SourceSet
    private let starts: [Start]

    package init(_ sources: SourceSet, starts: [Start]) {
        self.sources = sources
        self.starts = starts
    }

    package func run() async throws {
        for start in starts { start.worker.start(from: start.begin) }
        // Returns by throwing when the task is cancelled instead, which ends the sources as well.
        try? await gracefulShutdown()
        for worker in sources.workers {
            worker.ledger.stop()
            worker.wake()
        }
    }
}
