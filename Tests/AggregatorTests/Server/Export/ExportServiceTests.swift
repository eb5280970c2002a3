import Logging
import TestSupport
import Testing

@testable import AggregatorMetrics
@testable import Export
@testable import Platform
@testable import Store
@testable import Watch
@testable import Wire

@Suite struct ExportServiceTests {
    private struct CountingExporter: Exporter {
        let id = "counting"
        let periodSeconds = 1.0
        let needsReport = false
        func export(_ picture: ExportPicture) async -> [String] { ["exported"] }
    }

    private func service(_ store: any Store, _ status: ExporterStatus) -> ExportService {
        let clock = ManualClock(Make.start)
        return ExportService(
            exporters: [], store: store, evaluator: ReportEvaluator(cluster: nil, clock: clock), clock: clock,
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }, metrics: IngestMetrics(), status: status)
    }

    /// An exporter that sees nothing because the store has failed is silent, and the report says so.
    @Test func aFailedStoreIsAProblemAndNoQuietRound() async {
        let status = ExporterStatus()
        let problems = await service(BrokenStore(), status).round(CountingExporter())
        #expect(problems.count == 1)
        #expect(problems.first?.contains("the store could not be read") == true)
        #expect(status.notes.first?.hasPrefix("exporter counting is silent: ") == true)
        let good = MemoryStore(newID: "s", now: Make.start)
        #expect(await service(good, status).round(CountingExporter()) == ["exported"])
        #expect(status.notes.isEmpty)
    }
}
