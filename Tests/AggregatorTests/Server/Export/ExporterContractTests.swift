import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ClusterIndex
@testable import Evaluation
@testable import Export
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Report
@testable import Wire

/// What every exporter of the list promises.
@Suite struct ExporterContractTests {
    private let now = Make.start

    /// How an exporter is switched on, what reached its sink, and how its sink fails: by `true` and at the server, but
    /// for those that have a case here.
    private struct Case: Sendable {
        var value: @Sendable (FakeAPIServer, TemporaryFolder) -> String = { _, _ in "true" }
        var written: @Sendable (FakeAPIServer, TemporaryFolder) -> Int = { server, _ in
            server.requests.count { $0.method != "GET" }
        }
        /// Beside the server's answers.
        var setDown: @Sendable (TemporaryFolder, Bool) throws -> Void = { _, _ in }
    }

    private static let cases: [String: Case] = [
        "notifications": Case(value: { server, _ in "[ { type: webhook, url: '\(server.url)/hook?key=secret' } ]" })
    ]

    private func oneCase(_ id: String) -> Case { Self.cases[id] ?? Case() }

    private func exporters(_ entry: ExporterEntry, _ server: FakeAPIServer, _ folder: TemporaryFolder) throws
        -> [any Exporter]
    {
        let text = "exporters: { \(entry.id): \(oneCase(entry.id).value(server, folder)) }"
        let configuration = try ExporterConfiguration.read(Array(text.utf8), file: "c.yaml")
        #expect(configuration.ids == [entry.id])
        let clock = ManualClock(now)
        let client = KubernetesClient(
            ClusterConnection(server: server.url, name: "fake"), http: HTTPClient(), clock: clock)
        return configuration.exporters(
            ExporterEnvironment(
                client: client, cluster: nil, http: HTTPClient(), stateFolder: folder.path,
                deliveries: Deliveries(sinks: configuration.sinks), clock: clock))
    }

    /// One node with a condition that holds, and the incident that a report makes of it.
    private func picture(at seconds: Double) -> ExportPicture {
        var detection = Make.detection("NodeDeadlock", severity: .danger)
        detection.object = .node("n1")
        let finding = Finding(
            id: "0123456789abcdef", node: "n1", detection: detection, first: now, last: now, count: 1, isState: true,
            condition: "KernelDeadlock", resolvedAt: nil, isDemo: false, evidence: [])
        let time = now + seconds
        let snapshot = Snapshot(
            generatedAt: time, startedAt: now, storeID: "s",
            nodes: [.init(name: "n1", bootID: "b", firstReport: now, lastReport: time, vitals: Vitals())],
            findings: [finding], observations: [], dropped: 0)
        let state = Evaluation(index: nil, snapshot: snapshot, now: now).run()
        var report = ReportBuilder(state: state, options: ReportOptions()).build()
        report.incidents = [
            Report.Incident(
                id: "a", severity: .danger, since: ReportTime(now), object: "node n1", cause: "NodeDeadlock",
                summary: "stuck", findings: [finding.id], nodes: ["n1"], pods: 0, lost: [], common: [])
        ]
        return ExportPicture(now: time, snapshot: snapshot, report: ReportContent(report))
    }

    @Test(arguments: ExporterList.ids) func theSameRoundTwiceSendsNothingTwice(_ id: String) async throws {
        let server = try FakeAPIServer { request in .init(request.method == "POST" ? 201 : 200, "{\"metadata\":{}}") }
        let folder = try TemporaryFolder()
        let entry = try #require(ExporterList.all.first { $0.id == id })
        let one = oneCase(id)
        try one.setDown(folder, false)
        let exporters = try exporters(entry, server, folder)
        let exporter = try #require(exporters.first)
        #expect(exporter.id == id)
        #expect(await exporter.export(picture(at: 0)) == [])
        let first = one.written(server, folder)
        #expect(first > 0, "nothing was sent")
        #expect(await exporter.export(picture(at: 0)) == [])
        #expect(one.written(server, folder) == first)
    }

    @Test(arguments: ExporterList.ids) func aFailingSinkIsReportedAndIsTriedAgain(_ id: String) async throws {
        let isDown = Mutex(true)
        let server = try FakeAPIServer { request in
            isDown.withLock { $0 }
                ? .status(422, "down") : .init(request.method == "POST" ? 201 : 200, "{\"metadata\":{}}")
        }
        let folder = try TemporaryFolder()
        let entry = try #require(ExporterList.all.first { $0.id == id })
        let one = oneCase(id)
        try one.setDown(folder, false)
        let exporters = try exporters(entry, server, folder)
        let exporter = try #require(exporters.first)
        try one.setDown(folder, true)
        let problems = await exporter.export(picture(at: 0))
        #expect(!problems.isEmpty)
        #expect(problems.allSatisfy { !$0.contains("secret") }, "\(problems)")
        isDown.withLock { $0 = false }
        try one.setDown(folder, false)
        let before = one.written(server, folder)
        #expect(await exporter.export(picture(at: 60)) == [])
        #expect(one.written(server, folder) > before)
    }

    @Test func idsAreDistinctAndFieldsOfTheConfiguration() throws {
        #expect(Set(ExporterList.ids).count == ExporterList.ids.count)
        #expect(ExporterList.defaults.isSubset(of: ExporterList.ids))
        let off = ExporterList.ids.map { "\($0): false" }.joined(separator: ", ")
        #expect(try ExporterConfiguration.read(Array("exporters: { \(off) }\n".utf8), file: "c").ids.isEmpty)
        // `install --exporters ID` writes this; whoever needs more waits for it.
        let on = ExporterList.ids.map { "\($0): true" }.joined(separator: ", ")
        _ = try ExporterConfiguration.read(Array("exporters: { \(on) }\n".utf8), file: "c")
    }
}
