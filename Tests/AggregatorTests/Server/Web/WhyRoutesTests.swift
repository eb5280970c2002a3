import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import TestSupport
import Testing

@testable import AggregatorMetrics
@testable import AggregatorRuntime
@testable import Auth
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Report
@testable import Store
@testable import Watch
@testable import Web
@testable import Wire

/// The timeline that the aggregator makes, over HTTP.
@Suite struct WhyRoutesTests {
    private let now = Make.start + 60

    /// A node that is not ready, its pod, and what the API would say of them.
    private static let fixture = """
        kind: Scenario
        now: 2023-11-14T22:14:20Z
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: n1, uid: u1, creationTimestamp: 2023-11-01T00:00:00Z }
        status:
          conditions:
          - type: Ready
            status: Unknown
            reason: NodeStatusUnknown
            message: Kubelet stopped posting node status.
            lastTransitionTime: 2023-11-14T22:13:30Z
            lastHeartbeatTime: 2023-11-14T22:12:50Z
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web-1, namespace: shop, uid: p1, creationTimestamp: 2023-11-14T20:00:00Z }
        spec: { nodeName: n1, containers: [{ name: app, image: a }] }
        status:
          phase: Running
          conditions: [{ type: Ready, status: "False", lastTransitionTime: 2023-11-14T22:13:30Z }]
        """

    private func store() async throws -> MemoryStore {
        let store = MemoryStore(newID: "s", now: Make.start)
        for node in ["n1", "n2"] {
            var found = Make.detection(severity: .danger, message: "task of \(node) hangs")
            found.object = .node(node)
            let batch = Make.batch(node: node, sequence: 1, to: "p1", [Make.occurrence(found)])
            _ = try await store.apply(batch, at: Make.start)
        }
        return store
    }

    private func withServer(
        _ store: any Store, cluster: ClusterState? = nil, client: KubernetesClient? = nil, scope: ReadScope? = .all,
        _ body: (String) async throws -> Void
    ) async throws {
        let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        let routes = AggregatorRoutes(
            store: store, metrics: IngestMetrics(), clock: ManualClock(now), logger: logger, cluster: cluster,
            client: client)
        let router = Router(context: CallerContext.self)
        router.add(middleware: Granting(scope: scope))
        routes.why.add(to: router)
        let port = freePort()
        let server = Task {
            try await Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger
            ).run()
        }
        defer { server.cancel() }
        let base = "http://127.0.0.1:\(port)"
        #expect(await eventually { (try? await Self.get(base, "kind=x"))?.status != nil })
        try await body(base)
    }

    private struct Granting: RouterMiddleware {
        let scope: ReadScope?

        func handle(
            _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
        ) async throws -> Response {
            var context = context
            context.scope = scope
            return try await next(request, context)
        }
    }

    private static let client = HTTPClient()

    private static func get(_ base: String, _ query: String) async throws -> HTTP.HTTPResponse {
        try await client.send(HTTP.HTTPRequest(url: "\(base)/v1/why?\(query)"))
    }

    private static func timeline(_ base: String, _ query: String) async throws -> Timeline {
        let answer = try await get(base, query)
        #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        return try JSONDecoder().decode(Timeline.self, from: Data(answer.body))
    }

    @Test func withoutAClusterItTellsWhatTheAgentTold() async throws {
        try await withServer(try await store()) { base in
            let timeline = try await Self.timeline(base, "kind=node&name=n1")
            #expect(timeline.object == "node/n1")
            #expect(timeline.entries.contains { $0.text.contains("task of n1 hangs") })
            #expect(!timeline.entries.contains { $0.text.contains("task of n2 hangs") })
            #expect(timeline.gaps.contains { $0.hasPrefix("no cluster") })
            #expect(try await Self.get(base, "kind=node&name=n9").status == 404)
            #expect(try await Self.get(base, "kind=pod&name=web-1&namespace=shop").status == 404)
        }
    }

    @Test func whatIsNoNameIsRefused() async throws {
        try await withServer(try await store()) { base in
            for query in [
                "", "kind=node", "name=n1", "kind=secret&name=a", "kind=node&name=a,metadata.namespace%3Dkube-system",
                "kind=node&name=a%2F..", "kind=pod&name=a&namespace=a%2Fb",
                "kind=node&name=\(String(repeating: "a", count: 254))",
            ] {
                let status = try await Self.get(base, query).status
                #expect(status == 400, "\(query)")
            }
        }
    }

    @Test(arguments: [nil, ReadScope.namespace("shop")]) func itQuotesNodesAndNeedsTheRightToAll(
        _ scope: ReadScope?
    ) async throws {
        try await withServer(try await store(), scope: scope) { base in
            let status = try await Self.get(base, "kind=node&name=n1").status
            #expect(status == 403)
        }
    }

    /// Three questions to the API server, none of which reads the cluster.
    @Test func itUsesTheStateThatReportsRead() async throws {
        let fixture = try CheckFixture(check: "", name: "why", text: Self.fixture)
        let cluster = ClusterState(name: "fake", settings: EvaluationSettings(), clock: ManualClock(now))
        cluster.update { $0.index = fixture.index }
        let server = try FakeAPIServer { request in
            guard request.query("fieldSelector") != nil else { return .init(500, "{}") }
            let object: String? =
                switch (request.path, request.query("fieldSelector")) {
                case ("/api/v1/nodes", "metadata.name=n1"):
                    #"{"metadata":{"name":"n1","uid":"u1","creationTimestamp":"2023-11-01T00:00:00Z"},"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown","lastTransitionTime":"2023-11-14T22:13:30Z"}]}}"#
                case ("/api/v1/namespaces/shop/pods", "metadata.name=web-1"):
                    #"{"metadata":{"name":"web-1","namespace":"shop","uid":"p1"},"spec":{"nodeName":"n1","containers":[{"name":"app"}]},"status":{"phase":"Running"}}"#
                default: nil
                }
            return .init(200, #"{"metadata":{},"items":[\#(object ?? "")]}"#)
        }
        let client = KubernetesClient(
            ClusterConnection(server: server.url, name: "fake"), http: HTTPClient(), clock: ManualClock(now))
        try await withServer(try await store(), cluster: cluster, client: client) { base in
            let node = try await Self.timeline(base, "kind=node&name=n1")
            #expect(node.state.hasPrefix("Ready Unknown"))
            #expect(node.causes.contains { $0.hasPrefix("Fatal  node/n1") }, "\(node.causes)")
            #expect(node.proof.contains { $0.contains("KubeletHealthStatus node/n1") }, "\(node.proof)")
            #expect(node.entries.contains { $0.text.contains("task of n1 hangs") })
            #expect(node.entries.contains { $0.object == "pod/shop/web-1" || $0.object == "pod/web-1" })
            let pod = try await Self.timeline(base, "kind=pod&name=web-1&namespace=shop")
            #expect(pod.object == "pod/shop/web-1")
            #expect(pod.entries.contains { $0.text.contains("task of n1 hangs") })
            #expect(try await Self.get(base, "kind=node&name=n7").status == 404)
            #expect(server.requests.allSatisfy { $0.query("fieldSelector") != nil })
        }
    }
}
