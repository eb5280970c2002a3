import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import CheckModel
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Report
@testable import Store
@testable import Watch
@testable import Wire

@Suite struct ClusterWatcherTests {
    private static func object(_ name: String, _ version: Int) -> String {
        #"{"kind":"Node","metadata":{"name":"\#(name)","resourceVersion":"\#(version)"}}"#
    }

    private static func watch(
        _ server: FakeAPIServer, _ state: ClusterState, _ clock: any WallClock
    ) -> Task<Void, any Error> {
        let client = KubernetesClient(
            ClusterConnection(server: server.url, name: "fake"), http: HTTPClient(), clock: clock)
        let watcher = ClusterWatcher(client: client, state: state, clock: clock, logger: Logger(label: "t"))
        return Task { try await watcher.run() }
    }

    @Test func keepsTheIndexFreshAndListsAgainOn410() async throws {
        let relisted = Mutex(false)
        let server = try FakeAPIServer { request in
            switch request.path {
            case "/version": return .init(200, #"{"gitVersion":"v1.31.4"}"#)
            case "/apis": return .init(200, #"{"groups":[]}"#)
            case "/api/v1/nodes" where request.query("watch") == nil:
                // The second list, after the 410, knows another node.
                let names = request.earlier == 0 ? ["a"] : ["a", "z"]
                return .init(
                    200,
                    #"{"metadata":{"resourceVersion":"5"},"items":[\#(names.map { Self.object($0, 1) }.joined(separator: ","))]}"#
                )
            case "/api/v1/nodes":
                var watch = FakeAPIServer.Answer(200)
                if relisted.withLock({ was in
                    defer { was = true }; return was
                }) {
                    watch.lines = []
                    watch.staysOpen = true
                } else {
                    watch.lines = [
                        #"{"type":"ADDED","object":\#(Self.object("b", 6))}"#,
                        #"{"type":"DELETED","object":\#(Self.object("a", 7))}"#,
                        #"{"type":"ERROR","object":{"kind":"Status","code":410}}"#,
                    ]
                }
                return watch
            default: return .status(404, "not here")
            }
        }
        let clock = SystemClock()
        var settings = EvaluationSettings()
        settings.only = ["NodeVersionSkew"]
        let state = ClusterState(name: "fake", settings: settings, clock: clock)
        let running = Self.watch(server, state, clock)
        let isFresh = await eventually {
            state.index.nodes.records.map(\.name).sorted() == ["a", "z"] && relisted.withLock { $0 }
        }
        #expect(isFresh, "\(state.index.nodes.records.map(\.name))")
        let lists = server.requests.filter { $0.path == "/api/v1/nodes" && $0.query("watch") == nil }.count
        let report = ReportBuilder(
            state: ReportEvaluator(cluster: state, clock: clock).state(nil, ReportOptions()), options: ReportOptions()
        ).build()
        #expect(report.cluster.nodes == 2)
        #expect(report.cluster.version == "v1.31.4")
        #expect(
            server.requests.filter { $0.path == "/api/v1/nodes" && $0.query("watch") == nil }.count == lists,
            "a report costs no API load")
        let watched = server.requests.first { $0.query("watch") == "1" }
        #expect(watched?.query("resourceVersion") == "5")
        #expect(watched?.query("allowWatchBookmarks") == "true")
        running.cancel()
        server.close()
        _ = await running.result
    }

    /// Also when the aggregator was away meanwhile: the store knows what was.
    @Test func remembersWhichVersionsNodesHad() async throws {
        let kubelet = Mutex("v1.30.1")
        let server = try FakeAPIServer { request in
            switch request.path {
            case "/version": return .init(200, #"{"gitVersion":"v1.31.4"}"#)
            case "/apis": return .init(200, #"{"groups":[]}"#)
            case "/api/v1/nodes" where request.query("watch") == nil:
                let info = #"{"kubeletVersion":"\#(kubelet.withLock { $0 })","kernelVersion":"6.1.0","osImage":""}"#
                return .init(
                    200,
                    #"{"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a"},"status":{"nodeInfo":\#(info)}}]}"#
                )
            default: return .status(404, "not here")
            }
        }
        let clock = SystemClock()
        let store = MemoryStore(newID: "s", now: clock.now())
        var settings = EvaluationSettings()
        settings.only = ["NodeVersionSkew"]
        for version in ["v1.30.1", "v1.31.4", "v1.31.4"] {
            kubelet.withLock { $0 = version }
            let state = ClusterState(name: "fake", settings: settings, clock: clock)
            let running = Self.watch(server, state, clock)
            #expect(await eventually { state.index.nodes["a"]?.kubelet == version })
            await VersionRecorder(state: state, store: store, clock: clock, logger: Logger(label: "t")).record()
            running.cancel()
            _ = await running.result
        }
        let changes = try await store.snapshot(since: clock.now() - 60, now: clock.now()).changes ?? []
        #expect(changes.map { "\($0.node) \($0.what) \($0.old) \($0.new)" } == ["a kubelet v1.30.1 v1.31.4"])
        server.close()
        await store.close()
    }

    private static func deployment(_ name: String, _ image: String) -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"shop","resourceVersion":"6"},"spec":{"template":{"spec":{"containers":[{"name":"app","image":"\#(image)"}]}}}}"#
    }

    /// Workloads are judged again as they change: a fixed one and a deleted one are gone, a new bad one is there, and
    /// an account that comes later satisfies whoever asks for it.
    @Test func judgesWorkloadsAsTheyChange() async throws {
        let server = try FakeAPIServer { request in
            let isWatch = request.query("watch") != nil
            func list(_ items: [String]) -> FakeAPIServer.Answer {
                .init(200, #"{"metadata":{"resourceVersion":"5"},"items":[\#(items.joined(separator: ","))]}"#)
            }
            func watch(_ lines: [String]) -> FakeAPIServer.Answer {
                var answer = FakeAPIServer.Answer(200)
                answer.lines = lines
                answer.staysOpen = true
                return answer
            }
            switch request.path {
            case "/version": return .init(200, #"{"gitVersion":"v1.31.4"}"#)
            case "/apis": return .init(200, #"{"groups":[{"name":"apps","versions":[{"version":"v1"}]}]}"#)
            case "/apis/apps/v1/deployments" where !isWatch:
                return list([
                    Self.deployment("fixed", "nginx"), Self.deployment("gone", "nginx"),
                    Self.deployment("stays", "nginx"),
                ])
            case "/apis/apps/v1/deployments":
                return watch([
                    #"{"type":"MODIFIED","object":\#(Self.deployment("fixed", "nginx:1.25"))}"#,
                    #"{"type":"DELETED","object":\#(Self.deployment("gone", "nginx"))}"#,
                    #"{"type":"ADDED","object":\#(Self.deployment("new", "nginx:latest"))}"#,
                ])
            case "/api/v1/serviceaccounts" where !isWatch: return list([])
            case "/api/v1/serviceaccounts":
                return watch([
                    #"{"type":"ADDED","object":{"metadata":{"name":"default","namespace":"shop"},"automountServiceAccountToken":false}}"#
                ])
            default: return isWatch ? watch([]) : list([])
            }
        }
        let clock = SystemClock()
        var settings = EvaluationSettings()
        settings.only = ["PodSetTagNotSpecified", "automountServiceAccountToken"]
        let state = ClusterState(name: "fake", settings: settings, clock: clock)
        let evaluator = ReportEvaluator(cluster: state, clock: clock)
        let running = Self.watch(server, state, clock)
        func rows() -> [String] {
            ReportBuilder(state: evaluator.state(nil, ReportOptions()), options: ReportOptions()).build().tables
                .workloads
                .map { "\($0.name) \($0.message)" }
        }
        let isFollowed = await eventually { rows() == ["new [tagNotSpecified]", "stays [tagNotSpecified]"] }
        #expect(isFollowed, "\(rows())")
        // A narrower report of the same aggregator, and one that asks for what it does not run.
        var options = ReportOptions()
        options.only = ["rolePodExecAttach"]
        let narrow = ReportBuilder(state: evaluator.state(nil, options), options: options).build()
        #expect(narrow.tables.workloads.isEmpty, "\(narrow.unobserved)")
        #expect(narrow.unobserved.map(\.reason) == [.notConfigured], "\(narrow.unobserved)")
        running.cancel()
        server.close()
        _ = await running.result
    }
}
