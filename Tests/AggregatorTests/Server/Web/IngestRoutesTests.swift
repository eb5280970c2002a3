import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import TestSupport
import Testing

@testable import AggregatorMetrics
@testable import Auth
@testable import Findings
@testable import HTTP
@testable import Platform
@testable import Store
@testable import Web
@testable import Wire

/// The real doors on loopback, with a real store behind.
@Suite struct IngestRoutesTests {
    private func withServer(_ store: any Store, _ body: (Int, HTTPClient) async throws -> Void) async throws {
        let routes = AggregatorRoutes(
            store: store, metrics: IngestMetrics(), clock: ManualClock(Make.start),
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
        let router = routes.ingestRouter()
        router.get("/metrics") { _, _ in "" }
        let port = freePort()
        let server = Task {
            try await Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
                logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
            ).run()
        }
        defer { server.cancel() }
        let client = HTTPClient()
        #expect(
            await eventually {
                (try? await client.send(HTTP.HTTPRequest(url: "http://127.0.0.1:\(port)/healthz")))?.status == 200
            })
        try await body(port, client)
    }

    private func post(_ client: HTTPClient, _ port: Int, _ path: String, _ body: [UInt8]) async throws
        -> HTTP.HTTPResponse
    {
        var request = HTTP.HTTPRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = "POST"
        request.body = body
        return try await client.send(request)
    }

    private func encoded(_ batch: Batch) throws -> [UInt8] { [UInt8](try JSONEncoder().encode(batch)) }

    private func error(_ response: HTTP.HTTPResponse) -> String {
        (try? JSONDecoder().decode(Refusal.self, from: Data(response.body)))?.error ?? ""
    }

    @Test func takesBatchesAndSaysWhatIsWrongWithOthers() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.path + "/s.sqlite", newID: "s", now: Make.start)
        try await withServer(store) { port, client in
            let good = try encoded(Make.batch(sequence: 1, to: "p1", [Make.occurrence()]))
            let applied = try await post(client, port, "/v1/nodes/n1/batches", good)
            #expect(applied.status == 200)
            #expect(
                try JSONDecoder().decode(Acknowledgement.self, from: Data(applied.body)).positions["journal"]?.committed
                    == "p1")
            #expect(
                try await post(client, port, "/v1/nodes/n1/batches", good).status == 200, "a replay is acknowledged")

            let other = try await post(client, port, "/v1/nodes/n2/batches", good)
            #expect(other.status == 422)
            #expect(error(other).contains("of node 'n1', the path says 'n2'"))

            let many = Make.batch(
                sequence: 2, from: "p1", to: "p2", (0..<501).map { Make.occurrence(Make.detection(subject: "\($0)")) })
            let refused = try await post(client, port, "/v1/nodes/n1/batches", try encoded(many))
            #expect(refused.status == 422)
            #expect(error(refused).contains("501 findings; at most 500"))

            var old = Make.batch(sequence: 2)
            old.version = 9
            #expect(
                error(try await post(client, port, "/v1/nodes/n1/batches", try encoded(old))).contains(
                    "version 9 is not 1"))

            let broken = try await post(client, port, "/v1/nodes/n1/batches", Array("{\"version\":1,\"node\":7}".utf8))
            #expect(broken.status == 400)
            #expect(error(broken).contains("node"))
            #expect(try await post(client, port, "/v1/nodes/n1/batches", Array("<html>".utf8)).status == 400)
            #expect(
                try await post(client, port, "/v1/nodes/n1/batches", Array(repeating: 0x20, count: Batch.bytesMax + 1))
                    .status == 413)

            let gap = try await post(
                client, port, "/v1/nodes/n1/batches", try encoded(Make.batch(sequence: 3, from: "p0", to: "p3")))
            #expect(gap.status == 409)
            #expect(
                try JSONDecoder().decode(Refusal.self, from: Data(gap.body)).acknowledgement?.positions["journal"]?
                    .committed == "p1")
            #expect(
                try await store.snapshot(since: Timestamp(microseconds: 0), now: Make.start).findings.map(\.count) == [
                    1
                ])
        }
    }

    @Test func aStoreThatCannotWriteAsksAgentsToComeAgain() async throws {
        try await withServer(BrokenStore()) { port, client in
            let response = try await post(client, port, "/v1/nodes/n1/batches", try encoded(Make.batch(sequence: 1)))
            #expect(response.status == 503)
            #expect(response.retryAfterSeconds == 2)
            #expect(error(response).contains("disk is full"))
            #expect(try await client.send(HTTP.HTTPRequest(url: "http://127.0.0.1:\(port)/readyz")).status == 503)
            #expect(try await client.send(HTTP.HTTPRequest(url: "http://127.0.0.1:\(port)/healthz")).status == 200)
        }
    }

    /// The third connection of an address is closed; a place that is free again is given again.
    @Test func oneAddressHasSoManyConnections() async throws {
        let limiter = ConnectionLimiter(most: 2, sparesLoopback: false)
        let router = Router()
        router.get("/") { _, _ in "ok" }
        let port = freePort()
        let server = Task {
            try await Application(
                router: router,
                server: .http1(configuration: .init(additionalChannelHandlers: [limiter.handler()])),
                configuration: .init(address: .hostname("127.0.0.1", port: port)),
                logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
            ).run()
        }
        defer { server.cancel() }
        let url = "http://127.0.0.1:\(port)/"
        // Each client keeps its own connection.
        var clients = [HTTPClient(), HTTPClient(), HTTPClient()]
        func answers(_ client: HTTPClient) async -> Bool { (try? await client.send(.init(url: url)))?.status == 200 }
        #expect(await eventually { await answers(clients[0]) })
        #expect(await answers(clients[1]))
        #expect(await !answers(clients[2]))
        #expect(limiter.refused >= 1)
        #expect(await answers(clients[0]), "those that are in stay in")
        clients.removeFirst()
        #expect(await eventually { await answers(clients[1]) })
    }
}
