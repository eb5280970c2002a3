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
@testable import Web

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
        let answer = await AggregatorReader.report(through: Self.client(server), options)
        guard case .report(let report) = answer else {
            Issue.record("a report is expected, not \(answer)")
            return
        }
        #expect(report.cluster.name == "inside")
        let asked = try #require(server.requests.last)
        #expect(asked.headers["x-ke-token"] == "short")
        #expect(asked.query("node") == "a b")
        #expect(asked.query("selector") == "app=web")
        let wish = try #require(server.requests.first { $0.method == "POST" })
        #expect(wish.body.contains(#""audiences":["ke-aggregator"]"#))
        #expect(wish.body.contains(#""expirationSeconds":600"#))
    }

    @Test func saysWhetherThereIsNoneOrItMayNotBeAsked() async throws {
        let none = try FakeAPIServer { _ in .status(404, "not found") }
        let missing = await AggregatorReader.report(through: Self.client(none), ReportOptions())
        guard case .absent = missing else {
            Issue.record("there is none, but the answer is \(missing)")
            return
        }
        let closed = try FakeAPIServer { $0.method == "POST" ? .status(403, "forbidden") : .init(200, "{}") }
        let refused = await AggregatorReader.report(through: Self.client(closed), ReportOptions())
        guard case .failed(let why) = refused else {
            Issue.record("it may not be asked, but the answer is \(refused)")
            return
        }
        #expect(why.contains("403"))
        let broken = try FakeAPIServer { request in
            request.method == "POST"
                ? .init(201, #"{"status":{"token":"t"}}"#)
                : request.path.contains("proxy") ? .status(503, "no endpoints available") : .init(200, "{}")
        }
        let silent = await AggregatorReader.report(through: Self.client(broken), ReportOptions())
        guard case .failed(let text) = silent else {
            Issue.record("it does not answer, but the answer is \(silent)")
            return
        }
        #expect(text.contains("no endpoints available"))
        #expect(await AggregatorReader.snapshot(through: Self.client(broken), since: Timestamp(seconds: 0)) == nil)
    }

    @Test(arguments: ["since=x", "since=99999999", "severity=bad", "selector=a%20b", "what=1"]) func queriesAreChecked(
        _ query: String
    ) {
        let parts = query.split(separator: "=").map(String.init)
        let read = ReportQuery([(parts[0], parts[1].removingPercentEncoding ?? "")])
        #expect(read.options == nil)
        #expect(!read.problem.isEmpty)
    }

    @Test func queriesSayWhatOptionsSay() {
        var options = ReportOptions()
        options.windowSeconds = 7200
        options.severity = .info
        options.node = "n/1"
        options.namespace = "shop"
        options.selector = "a in (b,c)"
        options.only = ["NodeCPU", "NodeDisk"]
        options.language = "zh"
        let pairs = AggregatorReader.query(options).split(separator: "&").map { part -> (key: String, value: String) in
            let pieces = part.split(separator: "=", maxSplits: 1).map(String.init)
            return (pieces[0], pieces[1].removingPercentEncoding ?? "")
        }
        #expect(ReportQuery(pairs).options == options)
    }
}
