package import AggregatorMetrics
package import CheckModel
import Evaluation
package import Logging
package import Platform
import Report
import ServiceLifecycle
package import Store
package import Watch
import Wire

/// Runs exporters, each at its own pace: one that is slow or whose sink cannot be reached holds up neither the others
/// nor ingest.
package struct ExportService: Service {
    /// Findings that were seen or resolved within this are sent; older ones were sent before, or are no longer news.
    static let windowSeconds = 86_400.0 + 3600
    /// Without news from agents a round comes this seldom: it is for heartbeats and second tries.
    static let idleSeconds = 10.0
    /// A failure is logged at most this often.
    static let complainSeconds = 60.0

    let exporters: [any Exporter]
    let store: any Store
    let evaluator: ReportEvaluator
    let clock: any WallClock
    let logger: Logger
    let metrics: IngestMetrics
    let status: ExporterStatus
    /// Overrides beside those of the cluster, as reports have them.
    let overrides: @Sendable () -> OverrideSet

    package init(
        exporters: [any Exporter], store: any Store, evaluator: ReportEvaluator, clock: any WallClock, logger: Logger,
        metrics: IngestMetrics, status: ExporterStatus,
        overrides: @escaping @Sendable () -> OverrideSet = { OverrideSet() }
    ) {
        self.exporters = exporters
        self.store = store
        self.evaluator = evaluator
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        self.status = status
        self.overrides = overrides
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for exporter in exporters { group.addTask { await run(exporter) } }
            }
        }
    }

    private func run(_ exporter: any Exporter) async {
        var complained: Timestamp?
        var last: (findings: Int, at: Timestamp)?
        while !Task.isCancelled {
            let findings = metrics.findingsCommitted
            if !exporter.needsReport, let last, last.findings == findings,
                clock.now().seconds(since: last.at) < Self.idleSeconds, await !exporter.hasMore
            {
                try? await clock.sleep(seconds: exporter.periodSeconds)
                continue
            }
            last = (findings, clock.now())
            let problems = await round(exporter)
            metrics.exported(exporter.id, isGood: problems.isEmpty)
            let now = clock.now()
            if let first = problems.first, complained.map({ now.seconds(since: $0) >= Self.complainSeconds }) ?? true {
                complained = now
                logger.warning(
                    "An exporter could not deliver everything and will retry.",
                    metadata: ["exporter": "\(exporter.id)", "problems": "\(problems.count)", "first": "\(first)"])
            }
            try? await clock.sleep(seconds: exporter.periodSeconds)
        }
    }

    /// - Returns: what went wrong; empty: nothing.
    func round(_ exporter: any Exporter) async -> [String] {
        do throws(StoreError) {
            let picture = try await picture(exporter)
            status.set(exporter.id, nil)
            return await exporter.export(picture)
        } catch {
            // The exporter sees nothing, which is not the same as nothing being wrong.
            metrics.storeError()
            let problem = "the store could not be read: \(error.message)"
            status.set(exporter.id, problem)
            return [problem]
        }
    }

    private func picture(_ exporter: any Exporter) async throws(StoreError) -> ExportPicture {
        let now = clock.now()
        let snapshot = try await store.snapshot(since: now - Self.windowSeconds, now: now)
        guard exporter.needsReport else { return ExportPicture(now: now, snapshot: snapshot, report: nil) }
        let options = ReportOptions()
        let shared = try await evaluator.shared(options, more: overrides()) { snapshot }
        let report = await evaluator.report(shared, .init(options), nil) { content, _ in content }
        return ExportPicture(now: now, snapshot: snapshot, report: report)
    }
}
