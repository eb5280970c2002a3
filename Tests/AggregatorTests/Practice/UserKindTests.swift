import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Practice

/// Kinds that only a user's check knows: found by discovery, read in pages, and told of when they are not there.
@Suite struct UserKindTests {
    private static func client(_ server: FakeAPIServer) -> KubernetesClient {
        KubernetesClient(
            ClusterConnection(server: server.url, name: "fake"), http: HTTPClient(), clock: AutoAdvancingClock())
    }

    private static func server(_ widgets: @escaping @Sendable (FakeAPIServer.Request) -> FakeAPIServer.Answer) throws
        -> FakeAPIServer
    {
        try FakeAPIServer { request in
            switch request.path {
            case "/version": .init(200, #"{"gitVersion":"v1.31.4"}"#)
            case "/apis":
                .init(
                    200,
                    #"{"groups":[{"name":"broken.example.com","versions":[{"version":"v1"}]},{"name":"stable.example.com","versions":[{"version":"v1alpha1"},{"version":"v1"},{"version":"v2beta1"}]}]}"#
                )
            case "/api/v1":
                .init(
                    200,
                    #"{"resources":[{"name":"pods","kind":"Pod","namespaced":true},{"name":"pods/log","kind":"Pod"}]}"#)
            case "/apis/broken.example.com/v1": .status(503, "no endpoints")
            case "/apis/stable.example.com/v1":
                .init(
                    200,
                    #"{"resources":[{"name":"widgets/status","kind":"Widget"},{"name":"widgets","kind":"Widget","namespaced":true}]}"#
                )
            default: widgets(request)
            }
        }
    }

    private func read(_ server: FakeAPIServer, _ target: String, namespace: String? = nil) async throws
        -> EvaluatedState
    {
        let rule =
            "checks: { size: danger }\ncustomChecks: { size: { target: \(target), schema: { properties: { spec: { properties: { size: { maximum: 5 } } } } } } }"
        let settings = try Audit.settings(only: "size", rules: [rule])
        var reader = ClusterReader(client: Self.client(server), kinds: [], namespace: namespace)
        let audit = AuditRecorder(settings.auditor)
        reader.visitors = audit
        let index = try await reader.read()
        return Evaluation(
            index: index, audit: audit.table, snapshot: nil, settings: settings, now: Timestamp(seconds: 1_700_000_000)
        ).run()
    }

    @Test(arguments: ["stable.example.com/Widget", "Widget"]) func areFoundAndReadInPages(_ target: String) async throws
    {
        let server = try Self.server { request in
            guard request.path == "/apis/stable.example.com/v1/widgets" else { return .status(404, "no") }
            return request.query("continue") == nil
                ? .init(
                    200,
                    #"{"metadata":{"continue":"x"},"items":[{"metadata":{"name":"a","namespace":"n"},"spec":{"size":9}}]}"#
                )
                : .init(
                    200,
                    #"{"metadata":{},"items":[{"metadata":{"name":"b","namespace":"n"},"spec":{"size":3}},{"metadata":{"name":"c","namespace":"n"},"spec":{"size":7}}]}"#
                )
        }
        let state = try await read(server, target)
        #expect(state.practice.rows.map(\.object.name) == ["a", "c"])
        #expect(state.practice.rows.first?.object.kind == "Widget")
        #expect(state.outcomes["size"] == OutcomeCount(finding: 2, healthy: 1, unobserved: 0))
    }

    @Test func aNamespaceIsAskedForAlone() async throws {
        let server = try Self.server { request in
            request.path == "/apis/stable.example.com/v1/namespaces/shop/widgets"
                ? .init(
                    200, #"{"metadata":{},"items":[{"metadata":{"name":"a","namespace":"shop"},"spec":{"size":9}}]}"#)
                : .status(403, "no")
        }
        #expect(try await read(server, "Widget", namespace: "shop").practice.rows.count == 1)
    }

    @Test func whatIsNotThereOrForbiddenIsSaid() async throws {
        let forbidden = try Self.server { _ in .status(403, "no") }
        #expect(try await read(forbidden, "Widget").gaps.filter { $0.check == "size" }.map(\.reason) == [.forbidden])
        #expect(
            try await read(forbidden, "absent.example.com/Gadget").gaps.filter { $0.check == "size" }.map(\.reason)
                == [.notExposed])
        // Whether the group that is down serves it is not known.
        #expect(try await read(forbidden, "Gadget").gaps.filter { $0.check == "size" }.map(\.reason) == [.unreachable])
    }

    @Test func versionsAreOrderedAsKubernetesDoes() {
        let sorted = ["v1alpha1", "v2beta1", "v1", "v10", "v2", "v2beta10", "v1beta1"].sorted(by: Discovery.isBetter)
        #expect(sorted == ["v10", "v2", "v1", "v2beta10", "v2beta1", "v1beta1", "v1alpha1"])
    }
}
