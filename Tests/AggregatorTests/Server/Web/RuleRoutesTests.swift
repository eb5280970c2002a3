import Foundation
import Hummingbird
import Logging
import TestSupport
import Testing

@testable import AggregatorMetrics
@testable import HTTP
@testable import Platform
@testable import Store
@testable import Web
@testable import Wire

/// The read port with a store that has failed: what is not known is not nothing.
@Suite struct RuleRoutesTests {
    private static let rules = """
        apiVersion: ke/v1
        kind: LogRules
        source: { journald: { transport: kernel } }
        rules:
          - { id: a-rule, pattern: 'something', severity: warning, reason: Something }
        """

    private func withServer(_ store: any Store, _ body: (String, HTTPClient) async throws -> Void) async throws {
        let quiet = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        let routes = AggregatorRoutes(
            store: store, metrics: IngestMetrics(), clock: ManualClock(Make.start), logger: quiet)
        let port = freePort()
        let server = Task {
            try await Application(
                router: routes.readRouter(), configuration: .init(address: .hostname("127.0.0.1", port: port)),
                logger: quiet
            ).run()
        }
        defer { server.cancel() }
        let client = HTTPClient()
        let base = "http://127.0.0.1:\(port)"
        #expect(await eventually { (try? await client.send(.init(url: base + "/healthz")))?.status == 200 })
        try await body(base, client)
    }

    private func send(_ client: HTTPClient, _ method: String, _ url: String, _ body: String) async throws
        -> HTTP.HTTPResponse
    {
        var request = HTTP.HTTPRequest(url: url)
        request.method = method
        request.body = Array(body.utf8)
        return try await client.send(request)
    }

    @Test func aFailedStoreIsNotAClusterWithoutAgents() async throws {
        let encoded = try JSONEncoder().encode([Instructions.File(name: "a.yaml", text: Self.rules)])
        let files = String(decoding: encoded, as: UTF8.self)
        let trial = #"{"sinceSeconds":60,"cpuShare":0.1,"files":\#(files)}"#
        let canary = #"{"percent":50,"files":\#(files)}"#
        try await withServer(BrokenStore()) { base, client in
            #expect(try await send(client, "POST", base + "/v1/rules/trials", trial).status == 503)
            #expect(try await send(client, "PUT", base + "/v1/rules/canary", canary).status == 503)
            let metrics = try await client.send(.init(url: base + "/metrics"))
            #expect(metrics.status == 200)
            let text = String(decoding: metrics.body, as: UTF8.self)
            #expect(text.contains("\nke_store_up 0\n"))
            #expect(!text.contains("\nke_nodes "))
        }
        try await withServer(MemoryStore(newID: "s", now: Make.start)) { base, client in
            let answer = try await send(client, "POST", base + "/v1/rules/trials", trial)
            #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
            #expect(try JSONDecoder().decode(TrialStatus.self, from: Data(answer.body)).asked.isEmpty)
            #expect(try await send(client, "PUT", base + "/v1/rules/canary", canary).status == 200)
            #expect(try await send(client, "POST", base + "/v1/rules/trials", "[]").status == 400)
        }
    }
}
