import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import AggregatorClient
@testable import AggregatorMetrics
@testable import AggregatorRuntime
@testable import Auth
@testable import Evaluation
@testable import Findings
@testable import HTTP
@testable import Platform
@testable import Report
@testable import Store
@testable import Web
@testable import Wire

/// The read port on loopback, with a real server in front and a store in memory behind.
@Suite struct ReadRoutesTests {
    /// A node's agent that found two things.
    private func store(nodes: [String] = ["n1"]) async throws -> MemoryStore {
        let store = MemoryStore(newID: "s", now: Make.start)
        for node in nodes {
            var found = Make.detection(severity: .danger, message: "killed \u{1B}[2J java")
            found.object = .node(node)
            var disk = Make.state(since: Make.start, last: Make.start)
            disk.detection.object = .node(node)
            let batch = Make.batch(node: node, sequence: 1, to: "p1", [Make.occurrence(found)], states: [disk])
            _ = try await store.apply(batch, at: Make.start)
        }
        return store
    }

    private func withServer(_ store: any Store, _ body: (String) async throws -> Void) async throws {
        let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        let routes = AggregatorRoutes(
            store: store, metrics: IngestMetrics(), clock: ManualClock(Make.start + 60), logger: logger)
        let port = freePort()
        let server = Task {
            try await Application(
                router: routes.readRouter(),
                server: .http1(
                    configuration: .init(
                        additionalChannelHandlers: AggregatorRuntime.handlers(ConnectionLimiter(), compresses: true))),
                configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger
            ).run()
        }
        defer { server.cancel() }
        #expect(await eventually { (try? await Self.get("http://127.0.0.1:\(port)", "/healthz"))?.status == 200 })
        try await body("http://127.0.0.1:\(port)")
    }

    private static let client = HTTPClient()

    private static func get(_ base: String, _ path: String, encoding: String? = nil) async throws -> HTTP.HTTPResponse {
        var request = HTTP.HTTPRequest(url: base + path)
        if let encoding { request.headers = [("Accept-Encoding", encoding)] }
        return try await client.send(request)
    }

    private func error(_ response: HTTP.HTTPResponse) -> String {
        (try? JSONDecoder().decode(Refusal.self, from: Data(response.body)))?.error ?? ""
    }

    @Test func theServerWritesWhatTheCommandWouldHave() async throws {
        let store = try await store()
        let now = Make.start + 60
        let snapshot = try await store.snapshot(since: Make.start - 100_000, now: now)
        var options = ReportOptions(hasDetail: false)
        options.windowSeconds = 3600
        let content = ReportBuilder(
            state: Evaluation(index: nil, snapshot: snapshot, now: now, windowSeconds: 3600).run(), options: options
        ).content()
        try await withServer(store) { base in
            for format in ReportFormats.all where !format.showsDetail {
                let answer = try await Self.get(base, "/v1/report?format=\(format.id)&limit=20")
                #expect(answer.status == 200)
                #expect(answer.header("content-type") == format.mediaType)
                let layout = ReportLayout(limit: 20)
                #expect(String(decoding: answer.body, as: UTF8.self) == (try format.render(content, layout)))
            }
            let json = try await Self.get(base, "/v1/report?format=json&severity=info")
            let decoded = try JSONDecoder().decode(Report.self, from: Data(json.body))
            #expect(decoded.findings.count >= 2)
        }
    }

    /// What clients of earlier versions ask and read.
    @Test func withoutAFormatItIsJSONAsEver() async throws {
        try await withServer(try await store()) { base in
            let answer = try await Self.get(base, "/v1/report?since=3600&severity=warning&lang=en&detail=1")
            #expect(answer.header("content-type") == "application/json")
            #expect(answer.header("x-ke-exit-status") == nil)
            let report = try JSONDecoder().decode(Report.self, from: Data(answer.body))
            #expect(report.schemaVersion == Report.schemaVersion)
            #expect(report.findings.first?.evidence.isEmpty == false)
            #expect(report.nodes.map(\.name) == ["n1"])
        }
    }

    @Test func theExitStatusComesInAHeader() async throws {
        try await withServer(try await store()) { base in
            for (failOn, status) in [("danger", "2"), ("fatal", "0")] {
                let answer = try await Self.get(base, "/v1/report?format=table&failOn=\(failOn)")
                #expect(answer.header("x-ke-exit-status") == status)
            }
            let client = AggregatorClient(.address(base))
            let request = ReportRequest(format: "table", failOn: .danger)
            let written = Collected()
            let status = try await client.rendered(request) { written.add($0) }
            #expect(status == 2)
            #expect(written.text.contains("NODENAME"))
            let overview = try await client.overview(ReportRequest(failOn: .danger))
            #expect(overview.1 == 2)
            #expect(overview.0.findings.isEmpty)
            #expect(overview.0.summary.danger == 1)
            #expect(overview.0.incidents.count == 1)
        }
    }

    @Test func whatIsNotValidIsRefused() async throws {
        try await withServer(try await store()) { base in
            let twice = try await Self.get(base, "/v1/report?namespace=a&namespace=b")
            #expect(twice.status == 400)
            #expect(error(twice) == "namespace is given twice.")
            let hidden = try await Self.get(base, "/v1/report?namespace=a&n%61mespace=b")
            #expect(hidden.status == 400)
            let unknown = try await Self.get(base, "/v1/report?format=pdf")
            #expect(error(unknown).hasPrefix("format is one of blocks, table, wide, json"))
            let node = try await Self.get(base, "/v1/report?format=table&node=other")
            #expect(node.status == 404)
            #expect(error(node) == "No node named 'other' is known.")
            let known = try await Self.get(base, "/v1/report?format=table&node=n1")
            #expect(known.status == 200)
        }
    }

    @Test func anAggregatorOfAnEarlierVersionIsReadAllTheSame() async throws {
        let report = ReportBuilder(
            state: EvaluatedState(generatedAt: Make.start, clusterName: "old"), options: ReportOptions()
        ).build()
        let json = try JSONFormat.text(report)
        let old = try FakeAPIServer { request in
            let isKnown = request.query("overview") == nil && request.query("format") == nil
            return isKnown ? .init(200, json) : .init(400, #"{"error":"'format' is not a valid parameter."}"#)
        }
        let client = AggregatorClient(.address(old.url))
        let overview = try await client.overview(ReportRequest(failOn: .danger))
        #expect(overview.0.cluster.name == "old")
        #expect(overview.1 == 0)
        await #expect {
            _ = try await client.rendered(ReportRequest(format: "table")) { _ in true }
        } throws: {
            ($0 as? AggregatorFailure)?.isUnknownParameter == true
        }
    }

    // MARK: Size

    /// 5,000 nodes with ten findings each: a table of 20 rows is small, and all of it comes in pieces.
    @Test func aTableOverALargeFleetIsSmallAndAllOfItIsStreamed() async throws {
        let state = LargeFleet.state(LargeFleet.findings(nodes: 5000), nodes: 5000)
        let content = ReportBuilder(state: state, options: ReportOptions(hasDetail: false)).content()
        let table = ReportAnswer(
            request: ReportRequest(format: "table"), slots: .init()
        ).response(content, age: 0)
        let length = try #require(table.body.contentLength)
        #expect(length < 256 << 10)
        #expect(length > 1000)
        let all = ReportAnswer(request: ReportRequest(format: "json"), slots: .init()).response(content, age: 0)
        #expect(all.body.contentLength == nil, "it is not made before it is sent")
    }

    @Test func longAnswersAreLimited() throws {
        let findings = LargeFleet.findings(nodes: 50)
        let content = ReportBuilder(state: LargeFleet.state(findings, nodes: 50), options: ReportOptions()).content()
        let slots = ReportAnswer.Slots()
        let answer = ReportAnswer(request: ReportRequest(format: "json"), slots: slots)
        var held = (0..<ReportAnswer.longMax).map { _ in answer.response(content, age: 0) }
        #expect(held.allSatisfy { $0.status == .ok })
        #expect(answer.response(content, age: 0).status == .serviceUnavailable)
        let short = ReportAnswer(request: ReportRequest(format: "table"), slots: slots).response(content, age: 0)
        #expect(short.status == .ok, "a short answer needs no place")
        held = []
        #expect(answer.response(content, age: 0).status == .ok, "who went away gives its place back")
    }

    @Test func longAnswersAreCompressedAndShortOnesAreNot() async throws {
        let names = (0..<200).map { "node-\($0)" }
        try await withServer(try await store(nodes: names)) { base in
            let plain = try await Self.get(base, "/v1/report?format=json&severity=info")
            #expect(plain.header("content-encoding") == nil)
            let packed = try await Self.get(base, "/v1/report?format=json&severity=info", encoding: "gzip")
            #expect(packed.header("content-encoding") == "gzip")
            #expect(packed.body.count * 5 < plain.body.count)
            #expect(packed.body.prefix(2) == [0x1F, 0x8B])
            let health = try await Self.get(base, "/healthz", encoding: "gzip")
            #expect(health.header("content-encoding") == nil)
            #expect(health.body == Array("ok\n".utf8))
            var request = HTTP.HTTPRequest(url: base + "/v1/report?format=json&severity=info")
            request.acceptsCompression = true
            let unpacked = try await Self.client.send(request)
            #expect(unpacked.body == plain.body)
        }
    }

    /// Collects pieces on the client's thread.
    private final class Collected: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func add(_ piece: [UInt8]) -> Bool {
            bytes.withLock { $0 += piece }
            return true
        }
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }
}
