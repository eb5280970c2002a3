import Foundation
import TestSupport
import Testing

@testable import AggregatorClient
@testable import Evaluation
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Report

/// The aggregator in a cluster is asked through the API server's service proxy, with a token of its reader's account.
@Suite struct ServiceProxyTests {
    private static let root = "/api/v1/namespaces/ke-system"

    private static func client(_ server: FakeAPIServer) -> KubernetesClient {
        var connection = ClusterConnection(server: server.url, name: "fake")
        connection.credential = .token("mine")
        return KubernetesClient(connection, http: HTTPClient(), clock: AutoAdvancingClock())
    }

    private static func report() throws -> String {
        let state = EvaluatedState(generatedAt: Timestamp(seconds: 1), clusterName: "inside")
        return try JSONFormat().render(ReportBuilder(state: state, options: ReportOptions()).build(), ReportLayout())
    }

    @Test func asksWithAShortLivedTokenAndNeverWithTheUsersOwn() async throws {
        let body = try Self.report()
        let server = try FakeAPIServer { request in
            switch (request.method, request.path) {
            case ("GET", "\(Self.root)/services/ke-aggregator"): return .init(200, "{}")
            case ("POST", "\(Self.root)/serviceaccounts/ke-reader/token"):
                return .init(201, #"{"status":{"token":"short"}}"#)
            case ("GET", "\(Self.root)/services/https:ke-aggregator:read/proxy/v1/report"): return .init(200, body)
            default: return .status(404, "not found")
            }
        }
        var options = ReportOptions()
        options.node = "a b"
        options.selector = "app=web"
        let report = try await AggregatorClient(.cluster(Self.client(server))).report(options)
        #expect(report.cluster.name == "inside")
        let asked = try #require(server.requests.last)
        #expect(asked.headers["x-ke-token"] == "short")
        #expect(asked.query("node") == "a b")
        #expect(asked.query("selector") == "app=web")
        let request = try #require(server.requests.first { $0.method == "POST" })
        #expect(request.body.contains(#""audiences":["ke-aggregator"]"#))
        #expect(request.body.contains(#""expirationSeconds":600"#))
    }

    @Test func saysWhetherThereIsNoneOrItMayNotBeAsked() async throws {
        let none = try FakeAPIServer { _ in .status(404, "not found") }
        let missing = await failure(AggregatorClient(.cluster(Self.client(none))))
        #expect(missing?.kind == .absent)
        let closed = try FakeAPIServer { $0.method == "POST" ? .status(403, "forbidden") : .init(200, "{}") }
        let refused = await failure(AggregatorClient(.cluster(Self.client(closed))))
        #expect(refused?.kind == .unreachable)
        #expect(refused?.reason.contains("403") == true)
        let broken = try FakeAPIServer { request in
            request.method == "POST"
                ? .init(201, #"{"status":{"token":"t"}}"#)
                : request.path.contains("proxy") ? .status(503, "no endpoints available") : .init(200, "{}")
        }
        let silent = await failure(AggregatorClient(.cluster(Self.client(broken))))
        #expect(silent?.kind == .refused(status: 503))
        #expect(silent?.reason.contains("no endpoints available") == true)
        await #expect(throws: AggregatorFailure.self) {
            try await AggregatorClient(.cluster(Self.client(broken))).snapshot(since: Timestamp(seconds: 0))
        }
    }

    private func failure(_ client: AggregatorClient) async -> AggregatorFailure? {
        do throws(AggregatorFailure) {
            _ = try await client.report(ReportOptions())
            return nil
        } catch { return error }
    }

    /// A message names the address, what happened there, and what to do next.
    @Test func atAnAddressFailuresSayWhereAndWhatToDo() async throws {
        let refusing = try FakeAPIServer { _ in .init(503, #"{"error":"The store cannot be used: full"}"#) }
        let refused = await failure(AggregatorClient(.address(refusing.url)))
        #expect(
            refused?.description
                == "The aggregator at \(refusing.url) answered HTTP 503: The store cannot be used: full")
        let other = try FakeAPIServer { _ in .init(200, "<html>") }
        let strange = await failure(AggregatorClient(.address(other.url)))
        #expect(strange?.kind == .malformed)
        let closed = "http://127.0.0.1:\(freePort())"
        let silent = await failure(AggregatorClient(.address(closed)))
        #expect(silent?.kind == .unreachable)
        #expect(silent?.description.contains("at \(closed) does not answer") == true)
        #expect(silent?.description.contains("ke-aggregator serve") == true)
    }
}
