package import AggregatorMetrics
import Evaluation
import Foundation
package import Logging
package import Platform
import Report
import ServiceLifecycle
package import Store
package import Watch
import Wire

/// What an exporter sees: values only, made for it when it asks.
package struct ExportPicture: Sendable {
    var now: Timestamp
    /// What agents said.
    var snapshot: Snapshot
    /// Merged with the cluster; nil where there is none, or where an exporter did not ask for it.
    var report: Report?
}

/// Takes findings to where others already listen. It is called again and again with what is; it remembers what it told.
package protocol Exporter: Sendable {
    var kind: ExporterKind { get }
    var periodSeconds: Double { get }
    /// Whether it needs the merged report, which costs more than the agents' side alone.
    var needsReport: Bool { get }
    /// - Returns: what went wrong; empty: nothing.
    func export(_ picture: ExportPicture) async -> [String]
    /// Whether the last round left something for the next.
    var hasMore: Bool { get async }
}

extension Exporter {
    package var hasMore: Bool { get async { false } }
}

/// Runs exporters, each at its own pace: one that is slow or cannot reach its sink holds up neither the others nor
/// ingest.
package struct ExportService: Service {
    package let exporters: [any Exporter]
    package let store: any Store
    package let keeper: ClusterKeeper?
    package let clock: any WallClock
    package let logger: Logger
    package let metrics: IngestMetrics

    package init(
        exporters: [any Exporter], store: any Store, keeper: ClusterKeeper?, clock: any WallClock, logger: Logger,
        metrics: IngestMetrics
    ) {
        self.exporters = exporters
        self.store = store
        self.keeper = keeper
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
    }

    /// Findings that were seen or resolved within this are told; what is older was told, or is nobody's news.
    static let windowSeconds = 86_400.0 + 3600
    /// Without news from agents a round comes this seldom: it is for heartbeats and second tries.
    static let idleSeconds = 10.0
    /// A failure is logged at most this often.
    static let complainSeconds = 60.0

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
            if let picture = await picture(exporter) {
                let problems = await exporter.export(picture)
                metrics.exported(exporter.kind.rawValue, isGood: problems.isEmpty)
                let now = clock.now()
                if let first = problems.first,
                    complained.map({ now.seconds(since: $0) >= Self.complainSeconds }) ?? true
                {
                    complained = now
                    logger.warning(
                        "An exporter could not tell everything; it comes again.",
                        metadata: [
                            "exporter": "\(exporter.kind.rawValue)", "problems": "\(problems.count)",
                            "first": "\(first)",
                        ])
                }
            }
            try? await clock.sleep(seconds: exporter.periodSeconds)
        }
    }

    private func picture(_ exporter: any Exporter) async -> ExportPicture? {
        let now = clock.now()
        guard let snapshot = try? await store.snapshot(since: now - Self.windowSeconds, now: now) else { return nil }
        var picture = ExportPicture(now: now, snapshot: snapshot)
        guard exporter.needsReport else { return picture }
        let options = ReportOptions()
        let state =
            keeper?.state(snapshot, options)
            ?? Evaluation(
                index: nil, snapshot: snapshot, settings: EvaluationSettings(), now: now,
                windowSeconds: options.windowSeconds
            ).run()
        picture.report = ReportBuilder(state: state, options: options).build()
        return picture
    }
}
