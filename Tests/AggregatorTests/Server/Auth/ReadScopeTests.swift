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
@testable import KubernetesAPI
@testable import Platform
@testable import Report
@testable import Store
@testable import Web
@testable import Wire

/// Who may read what: the read port behind its authorizer, against an API server that knows a reader of one namespace
/// and one of all.
@Suite struct ReadScopeTests {
    private static let one = "one-namespace"
    private static let all = "all-namespaces"

    private func authorizer(_ clock: ManualClock) throws -> (ReaderAuthorizer, FakeAPIServer) {
        let server = try FakeAPIServer { request in
            if request.path.hasSuffix("tokenreviews") {
                let name = request.body.contains(Self.all) ? "root" : "ns-reader"
                return .init(
                    201,
                    #"{"status":{"authenticated":true,"audiences":["ke-aggregator"],"user":{"username":"\#(name)"}}}"#)
            }
            let isAllowed = request.body.contains(#""user":"root""#) || request.body.contains(#""namespace":"mine""#)
            return .init(201, #"{"status":{"allowed":\#(isAllowed)}}"#)
        }
        let client = KubernetesClient(
            ClusterConnection(server: server.url, name: "fake"), http: HTTPClient(), clock: clock)
        return (
            ReaderAuthorizer(reviewer: TokenReviewer(client: client, clock: clock), metrics: IngestMetrics()), server
        )
    }

    private func withServer(_ store: any Store, _ body: (String, HTTPClient) async throws -> Void) async throws {
        let clock = ManualClock(Make.start)
        let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        let routes = AggregatorRoutes(store: store, metrics: IngestMetrics(), clock: clock, logger: logger)
        let (authorizer, api) = try authorizer(clock)
        defer { withExtendedLifetime(api) {} }
        let port = freePort()
        let router = routes.readRouter(authorizer: authorizer)
        let server = Task {
            try await Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger
            ).run()
        }
        defer { server.cancel() }
        let client = HTTPClient()
        let base = "http://127.0.0.1:\(port)"
        #expect(await eventually { (try? await client.send(.init(url: base + "/healthz")))?.status == 200 })
        try await body(base, client)
    }

    private func get(_ client: HTTPClient, _ url: String, _ token: String) async throws -> HTTP.HTTPResponse {
        var request = HTTP.HTTPRequest(url: url)
        request.headers = [("X-Ke-Token", token)]
        return try await client.send(request)
    }

    private func store() async throws -> (SQLiteStore, TemporaryFolder) {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.path + "/s.sqlite", newID: "s", now: Make.start)
        var mine = Make.detection("NodeOOM", message: "mine was killed")
        mine.object = ObjectReference(kind: "Pod", namespace: "mine", name: "p-mine")
        var other = mine
        other.object = ObjectReference(kind: "Pod", namespace: "kube-system", name: "p-other")
        other.message = "secret-of-other was killed"
        let node = Make.detection("NodeDisk", subject: "secret-subject", severity: .danger, message: "secret-of-other")
        var words = Make.occurrence(node)
        words.evidence = [Evidence(source: "kmsg", origin: "o", time: Make.start, text: "secret-of-other")]
        _ = try await store.apply(
            Make.batch(sequence: 1, to: "p1", [Make.occurrence(mine), Make.occurrence(other), words]), at: Make.start)
        return (store, folder)
    }

    @Test func aParameterGivenTwiceIsRefusedEverywhere() async throws {
        let (store, folder) = try await store()
        try await withServer(store) { base, client in
            for query in [
                "/v1/report?namespace=mine&namespace=kube-system", "/v1/report?namespace=kube-system&namespace=mine",
                "/v1/report?namespace=mine&n%61mespace=kube-system", "/v1/report?since=1&since=2",
                "/v1/report?namespace=mine&namespace=mine", "/v1/snapshot?since=1&since=2", "/v1/conditions?a=1&a=1",
                "/v1/deliveries/x?a&a", "/metrics?a=1&a=2", "/v1/rules/canary?a=1&a=2", "/readyz?a=1&a=2",
            ] {
                for token in [Self.one, Self.all] {
                    let response = try await get(client, base + query, token)
                    #expect(response.status == 400, "\(query)")
                }
            }
        }
        withExtendedLifetime(folder) {}
    }

    @Test func aReaderOfOneNamespaceSeesThatAndNoTextsOfOthers() async throws {
        let (store, folder) = try await store()
        try await withServer(store) { base, client in
            let own = try await get(client, base + "/v1/report?namespace=mine", Self.one)
            #expect(own.status == 200)
            let text = String(decoding: own.body, as: UTF8.self)
            #expect(text.contains("mine was killed"))
            #expect(text.contains("NodeDisk"), "that the node is sick explains what happens in the namespace")
            #expect(!text.contains("secret"))
            #expect(!text.contains("p-other"))
            for query in ["", "?namespace=kube-system", "?namespace=", "?namespace=mine%00", "?Namespace=mine"] {
                #expect(try await get(client, base + "/v1/report" + query, Self.one).status == 403, "\(query)")
            }
            for path in ["/v1/snapshot", "/v1/conditions", "/v1/deliveries/x", "/v1/rules/canary"] {
                #expect(try await get(client, base + path + "?namespace=mine", Self.one).status == 403, "\(path)")
            }
        }
        withExtendedLifetime(folder) {}
    }

    @Test func aReaderOfAllSeesTextsInOneNamespaceToo() async throws {
        let (store, folder) = try await store()
        try await withServer(store) { base, client in
            let text = String(
                decoding: try await get(client, base + "/v1/report?namespace=mine", Self.all).body, as: UTF8.self)
            #expect(text.contains("mine was killed"))
            #expect(text.contains("secret-of-other"), "of the node")
            #expect(!text.contains("p-other"))
        }
        withExtendedLifetime(folder) {}
    }
}
