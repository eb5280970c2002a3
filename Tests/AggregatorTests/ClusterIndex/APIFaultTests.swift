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

/// What goes wrong between here and an API server, one fault at a time. No fault may hide another kind's results.
@Suite struct APIFaultTests {
    private static let groups =
        #"{"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"version":"v1"}]},{"name":"coordination.k8s.io","versions":[{"version":"v1"}]},{"name":"batch","versions":[{"version":"v1"},{"version":"v1beta1"}]}]}"#

    private static func client(
        _ server: FakeAPIServer, credential: ClusterConnection.Credential = .none,
        clock: any WallClock = AutoAdvancingClock()
    ) -> KubernetesClient {
        var connection = ClusterConnection(server: server.url, name: "fake")
        connection.credential = credential
        var client = KubernetesClient(connection, http: HTTPClient(), clock: clock)
        client.timeoutSeconds = 5
        return client
    }

    private static func node(_ name: String) -> String {
        #"{"metadata":{"name":"\#(name)"},"status":{"conditions":[{"type":"Ready","status":"False","reason":"KubeletNotReady","message":"sick","lastTransitionTime":"2020-01-01T00:00:00Z"}]}}"#
    }

    private static func list(_ items: [String], next: String = "") -> String {
        #"{"kind":"List","metadata":{"resourceVersion":"7","continue":"\#(next)"},"items":[\#(items.joined(separator: ","))]}"#
    }

    private static func common(_ request: FakeAPIServer.Request) -> FakeAPIServer.Answer? {
        switch request.path {
        case "/version": .init(200, #"{"gitVersion":"v1.31.4"}"#, headers: ["Date": "Wed, 01 May 2024 10:01:01 GMT"])
        case "/apis": .init(200, groups)
        default: nil
        }
    }

    /// Reads nodes and pods, with `fault` for the pods.
    private func read(
        clock: any WallClock = AutoAdvancingClock(),
        _ fault: @escaping @Sendable (FakeAPIServer.Request) -> FakeAPIServer.Answer
    ) async throws -> (ClusterIndex, FakeAPIServer) {
        let server = try FakeAPIServer { request in
            if let common = Self.common(request) { return common }
            if request.path == "/api/v1/nodes" { return .init(200, Self.list([Self.node("n1")])) }
            return fault(request)
        }
        let client = Self.client(server, clock: clock)
        let index = try await ClusterReader(client: client, kinds: [.nodes, .pods]).read()
        #expect(index.nodes.count == 1, "another kind's results are hidden")
        #expect(index.isComplete(.nodes), "another kind's results are hidden")
        return (index, server)
    }

    private static func pods(_ range: Range<Int>) -> [String] {
        range.map { #"{"metadata":{"name":"p\#($0)","namespace":"n"}}"# }
    }

    @Test func followsPages() async throws {
        let (index, server) = try await read { request in
            switch request.query("continue") {
            case nil:
                .init(
                    200, Self.list(Self.pods(0..<3), next: "a/b=="), headers: ["Date": "Wed, 01 May 2024 10:01:01 GMT"])
            case "a/b==": .init(200, Self.list(Self.pods(3..<5), next: "c"))
            default: .init(200, Self.list(Self.pods(5..<6)))
            }
        }
        #expect(index.pods.count == 6)
        #expect(index.states[.pods]?.pages == 3)
        #expect(index.isComplete(.pods))
        #expect(index.states[.pods]?.date == KubernetesTime.parse("2024-05-01T10:01:01Z"))
        let asked = server.requests.filter { $0.path == "/api/v1/pods" }
        #expect(asked.allSatisfy { $0.query("limit") == "500" })
        #expect(asked.allSatisfy { $0.headers["user-agent"]?.hasPrefix("kubeeye/") == true })
    }

    @Test func waitsAndAsksAgainAfter429AsTheServerWishes() async throws {
        let clock = AutoAdvancingClock(), begun = clock.now()
        let (index, server) = try await read(clock: clock) { request in
            request.earlier < 3
                ? .status(429, "too many requests", headers: ["Retry-After": "1"])
                : .init(200, Self.list(Self.pods(0..<2)))
        }
        #expect(index.pods.count == 2)
        #expect(index.isComplete(.pods))
        #expect(server.requests.count { $0.path == "/api/v1/pods" } == 4)
        #expect(clock.now().seconds(since: begun) >= 3, "a second before each new try")
    }

    @Test func givesUpAStormThatDoesNotEnd() async throws {
        let (index, server) = try await read { _ in .status(429, "too many requests", headers: ["Retry-After": "1"]) }
        #expect(index.states[.pods]?.problem?.kind == .tooManyRequests)
        #expect(server.requests.count { $0.path == "/api/v1/pods" } == KubernetesClient.triesMax)
    }

    @Test func retriesServerErrorsAndThenSaysSo() async throws {
        let (well, _) = try await read {
            $0.earlier == 0 ? .status(500, "boom") : .init(200, Self.list(Self.pods(0..<1)))
        }
        #expect(well.isComplete(.pods))
        let (ill, _) = try await read { _ in .status(503, "etcdserver: leader changed") }
        #expect(ill.states[.pods]?.problem?.kind == .server(503))
        #expect(ill.states[.pods]?.problem?.description.contains("leader changed") == true)
        #expect(ill.states[.pods]?.problem?.unobservedReason == .unreachable)
    }

    @Test func keepsWhatCameBeforeAResetInMidPage() async throws {
        let (index, _) = try await read { request in
            guard request.query("continue") != nil else { return .init(200, Self.list(Self.pods(0..<3), next: "x")) }
            var broken = FakeAPIServer.Answer(200, Self.list(Self.pods(3..<100)))
            broken.resetsAfter = 200
            return broken
        }
        #expect(index.pods.count == 3)
        #expect(!index.isComplete(.pods))
        #expect((index.states[.pods]?.objects ?? 0) > 0)
        #expect(index.states[.pods]?.problem?.page == 2)
        #expect(index.states[.pods]?.problem?.description.contains("GET /api/v1/pods, page 2") == true)
    }

    @Test func beginsAnewOnceWhenATokenHasExpired() async throws {
        let (index, server) = try await read { request in
            if request.query("continue") == nil {
                return .init(200, Self.list(Self.pods(0..<3), next: "t\(request.earlier)"))
            }
            return request.query("continue") == "t0"
                ? .status(410, "The provided continue parameter is too old") : .init(200, Self.list(Self.pods(3..<4)))
        }
        #expect(index.pods.count == 4)
        #expect(index.isComplete(.pods))
        #expect(server.requests.filter { $0.path == "/api/v1/pods" }.count == 4)
        let (again, _) = try await read { request in
            request.query("continue") == nil
                ? .init(200, Self.list(Self.pods(0..<3), next: "t")) : .status(410, "too old")
        }
        #expect(again.states[.pods]?.problem?.kind == .gone)
        #expect(again.states[.pods]?.problem?.unobservedReason == .truncated)
    }

    @Test func aPageThatNeverEndsHasALimit() async throws {
        let (index, _) = try await read { _ in
            var endless = FakeAPIServer.Answer(200, #"{"items":["#)
            endless.endless = Array(String(repeating: "{},", count: 100_000).utf8)
            return endless
        }
        #expect(index.states[.pods]?.problem?.kind == .tooLarge || index.states[.pods]?.problem?.kind == .timeout)
    }

    @Test func tokensThatRepeatEndTheList() async throws {
        let (index, _) = try await read { _ in .init(200, Self.list(Self.pods(0..<1), next: "same")) }
        #expect(index.states[.pods]?.problem?.kind == .truncated)
        #expect(index.states[.pods]?.problem?.message.contains("repeated a page token") == true)
    }

    @Test func saysWhenHTMLComesInsteadOfJSON() async throws {
        let (index, _) = try await read { _ in
            .init(200, "<!doctype html><title>Log in</title>", headers: ["Content-Type": "text/html"])
        }
        #expect(index.states[.pods]?.problem?.kind == .malformed)
        #expect(index.states[.pods]?.problem?.message.contains("received HTML instead of JSON") == true)
    }

    @Test func tellsATruncatedPageFromAMalformedOne() async throws {
        let (cut, _) = try await read { _ in .init(200, String(Self.list(Self.pods(0..<9)).dropLast(40))) }
        #expect(cut.states[.pods]?.problem?.kind == .truncated)
        #expect(cut.states[.pods]?.problem?.page == 1)
        let (wrong, _) = try await read { _ in .init(200, #"{"items":[{"metadata":{"name":"x"},}]}"#) }
        #expect(wrong.states[.pods]?.problem?.kind == .malformed)
        let (other, _) = try await read { _ in .init(200, #"{"kind":"Pod"}"#) }
        #expect(other.states[.pods]?.problem?.message.contains("not a list") == true)
    }

    @Test func readsAnObjectOf60MiB() async throws {
        let large =
            #"{"metadata":{"name":"big","namespace":"n","annotations":{"x":"\#(String(repeating: "a", count: 60 << 20))"}}}"#
        let (index, _) = try await read { _ in .init(200, Self.list([large] + Self.pods(0..<2))) }
        #expect(index.pods.count == 3)
        #expect(index.isComplete(.pods))
    }

    @Test func passesOverUnknownKindsFieldsAndTypes() async throws {
        let odd = [
            #"{"metadata":{"name":"a","namespace":"n","future":[1]},"spec":7,"status":[],"more":{"x":null}}"#,
            #"{"metadata":null}"#, "null", "7",
            #"{"metadata":{"name":""}}"#,
            #"{"metadata":{"name":"b","namespace":"n"},"status":{"phase":"Hovering","containerStatuses":[{"state":{"dreaming":{}}},null,"x"],"conditions":"none"}}"#,
        ]
        let (index, _) = try await read { _ in .init(200, Self.list(odd)) }
        #expect(index.pods.records.map(\.name) == ["a", "b"])
        #expect(index.isComplete(.pods))
        let state = Evaluation(index: index, snapshot: nil, now: Timestamp(seconds: 1_767_268_800)).run()
        #expect(state.findings.contains { $0.node == "n1" })
    }

    @Test func tellsForbiddenFromMissing() async throws {
        let (forbidden, _) = try await read { _ in .status(403, "pods is forbidden") }
        #expect(forbidden.states[.pods]?.problem?.kind == .forbidden)
        let (missing, _) = try await read { _ in .status(404, "the server could not find the requested resource") }
        #expect(missing.states[.pods]?.problem?.kind == .notFound)
        #expect(missing.states[.pods]?.problem?.unobservedReason == .notExposed)
    }

    @Test func fallsBackToTheContextsNamespace() async throws {
        let (index, _) = try await read { request in
            request.path == "/api/v1/namespaces/default/pods"
                ? .init(200, Self.list(Self.pods(0..<2))) : .status(403, "forbidden")
        }
        #expect(index.pods.count == 2)
        #expect(index.states[.pods]?.isNarrowed == true)
        let state = Evaluation(index: index, snapshot: nil, now: Timestamp(seconds: 1_767_268_800)).run()
        #expect(state.notes.contains { $0.contains("one namespace only of pods") })
        let hidden = state.gaps.filter { $0.check == "PodCrashLoop" }
        #expect(hidden.first { $0.scope == "other namespaces" }?.reason == .forbidden, "\(hidden)")
    }

    @Test func choosesAPIVersionsByDiscovery() async throws {
        let server = try FakeAPIServer { request in
            if let common = Self.common(request) { return common }
            switch request.path {
            case "/apis/batch/v1": return .init(200, #"{"resources":[{"name":"jobs"}]}"#)
            case "/apis/batch/v1beta1": return .init(200, #"{"resources":[{"name":"cronjobs"}]}"#)
            case "/apis/batch/v1beta1/cronjobs":
                return .init(
                    200, Self.list([#"{"metadata":{"name":"c","namespace":"n"},"spec":{"schedule":"@daily"}}"#]))
            default: return .status(404, "not found")
            }
        }
        let index = try await ClusterReader(client: Self.client(server), kinds: [.cronjobs, .ingresses]).read()
        #expect(index.cronjobs.count == 1)
        #expect(index.states[.ingresses]?.problem?.kind == .notFound)
        #expect(!server.requests.contains { $0.path.contains("networking") }, "what is not served is not asked for")
    }

    @Test func anExpiredTokenIsAnErrorAndNotAReport() async throws {
        let server = try FakeAPIServer { _ in .status(401, "Unauthorized") }
        await #expect { try await ClusterReader(client: Self.client(server), kinds: [.nodes]).read() } throws: {
            ($0 as? APIError)?.kind == .unauthorized
                && (($0 as? APIError)?.errorDescription ?? "").contains("Log in again")
        }
    }

    @Test func aRefusedTokenFileIsReadAgain() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "token")
        let server = try FakeAPIServer { request in
            if request.headers["authorization"] == "Bearer old" {
                _ = try? folder.write("new", to: "token")
                return .status(401, "Unauthorized")
            }
            return Self.common(request) ?? .init(200, Self.list([Self.node("n1")]))
        }
        let index = try await ClusterReader(client: Self.client(server, credential: .tokenFile(path)), kinds: [.nodes])
            .read()
        #expect(index.nodes.count == 1)
    }

    @Test func anUnreachableServerIsAnError() async throws {
        var connection = ClusterConnection(server: "http://127.0.0.1:\(freePort())", name: "x")
        connection.credential = .none
        let client = KubernetesClient(connection, http: HTTPClient(), clock: AutoAdvancingClock())
        await #expect { try await ClusterReader(client: client, kinds: [.nodes]).read() } throws: {
            ($0 as? APIError)?.kind == .unreachable
        }
    }

    @Test func onlyNeededKindsAreFetched() async throws {
        let server = try FakeAPIServer { Self.common($0) ?? .init(200, Self.list([])) }
        var settings = EvaluationSettings()
        settings.only = ["NodeVersionSkew"]
        let (state, _) = try await ClusterScan(client: Self.client(server), settings: settings).run()
        #expect(Set(server.requests.map(\.path)) == ["/version", "/apis", "/api/v1/nodes"])
        #expect(state.outcomes.keys.sorted() == ["NodeVersionSkew"] || state.outcomes.isEmpty)
    }

    @Test func readyzLinesAreReadThoughTheStatusIs500() async throws {
        let server = try FakeAPIServer { request in
            request.path == "/readyz"
                ? .init(500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed")
                : Self.common(request) ?? .init(200, Self.list([]))
        }
        let index = try await ClusterReader(client: Self.client(server), kinds: [.readyz]).read()
        #expect(index.readyz?.lines.map(\.isGood) == [true, false])
        #expect(server.requests.filter { $0.path == "/readyz" }.count == 1)
    }
}
