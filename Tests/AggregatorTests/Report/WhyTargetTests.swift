import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Report

/// The forms in which people and reports name what `why` is asked for.
@Suite struct WhyTargetTests {
    @Test(
        arguments: [
            (["node", "n1"], "node", "n1", nil), (["node/n1"], "node", "n1", nil), (["no/n1"], "node", "n1", nil),
            (["deploy/web"], "deployment", "web", nil), (["shop/deploy/web"], "deployment", "web", "shop"),
            (["deployment/shop/web"], "deployment", "web", "shop"),
            (["deploy", "shop/web"], "deployment", "web", "shop"),
            (["Deployment.apps/web"], "deployment", "web", nil), (["po", "web-0"], "pod", "web-0", nil),
            (["sts/pg"], "statefulset", "pg", nil), (["pvc", "data-pg-0"], "persistentvolumeclaim", "data-pg-0", nil),
            (["clusterrolebinding/system:node"], "clusterrolebinding", "system:node", nil),
            (["gateway/shop/edge"], "gateway", "edge", "shop"),
            (["0123456789abcdef"], "incident", "0123456789abcdef", nil),
            (["web-0.0123456789ABCDEF"], "incident", "0123456789abcdef", nil), (["etcd-0"], "", "", nil),
        ] as [([String], String, String, String?)])
    func objectsAreNamedAsPeopleNameThem(_ words: [String], _ kind: String, _ name: String, _ namespace: String?) throws
    {
        guard !kind.isEmpty else {
            #expect(throws: WhyWords.Problem.self) { try WhyWords(words) }
            return
        }
        let read = try WhyWords(words)
        #expect(read.target.parts == (kind, name))
        #expect(read.namespace == namespace)
        #expect(WhyReader.Target(kind: kind, name: name) == read.target, "the aggregator reads what is sent")
    }

    @Test(arguments: [
        [], ["node"], ["node", ""], ["node", "n1", "n2"], ["a/b/c/d"], ["node/.."], ["node/N1"], ["/n1"],
        ["deplyment/web"],
        ["deploy/web?x=1"], ["svc/a b"], ["shop%2F/deploy/web"], ["po/\u{1B}[2J"],
    ]) func othersAreRefused(_ words: [String]) {
        #expect(throws: WhyWords.Problem.self) { try WhyWords(words) }
    }

    @Test func aMisspeltKindIsGuessed() {
        let problem = #expect(throws: WhyWords.Problem.self) { try WhyWords(["deplyment/web"]) }
        #expect(problem?.message.contains("Did you mean 'deployment'?") == true)
    }

    /// What blocks print behind `why` is what the command takes, for every incident of every kept screen.
    @Test(arguments: BlocksFormatTests.clusters.dropLast()) func takesWhatReportsPrint(_ cluster: String) throws {
        let text = try String(contentsOf: BlocksFormatTests.folder.appending(path: "\(cluster).yaml"), encoding: .utf8)
        let fixture = try CheckFixture(check: "", name: cluster, text: text)
        let report = ReportBuilder(state: fixture.evaluated(), options: ReportOptions()).build()
        for incident in report.incidents {
            let words = try #require(incident.action).why.split(separator: " ").map(String.init)
            let object = words.first.map { [$0] } ?? []
            #expect(throws: Never.self) { try WhyWords(object) }
            if words.count > 1 { #expect(words.dropFirst().first == "-n") }
            #expect([1, 3].contains(words.count))
        }
    }

    /// A timeline of each incident's object, and of the incident itself, from the state alone.
    @Test(arguments: BlocksFormatTests.clusters.dropFirst().dropLast())
    func everyIncidentHasATimeline(_ cluster: String) async throws {
        let text = try String(contentsOf: BlocksFormatTests.folder.appending(path: "\(cluster).yaml"), encoding: .utf8)
        let fixture = try CheckFixture(check: "", name: cluster, text: text)
        let state = fixture.evaluated()
        let server = try FakeAPIServer { request in
            request.path.contains("statefulsets") || request.path.contains("persistentvolumeclaims")
                ? .init(
                    200,
                    #"{"kind":"List","items":[{"metadata":{"name":"x","creationTimestamp":"2026-01-01T00:00:00Z"}}]}"#)
                : .init(200, #"{"kind":"List","items":[]}"#)
        }
        defer { server.close() }
        var connection = ClusterConnection(server: server.url, name: "fake")
        connection.namespace = "shop"
        let client = KubernetesClient(connection, http: HTTPClient(), clock: ManualClock(fixture.now))
        for incident in ReportBuilder(state: state, options: ReportOptions()).build().incidents {
            let reader = WhyReader(
                client: client, namespace: "shop", since: fixture.now - 86_400, now: fixture.now, index: fixture.index,
                state: state
            ) { _ in nil }
            let own = try await reader.read(.incident(incident.id))
            #expect(own.entries.count >= 1)
            #expect(own.causes.count == 1)
            let finding = try #require(incident.action).finding
            #expect(try await reader.read(.incident(finding)).causes == own.causes, "by its lead's id too")
        }
        await #expect(throws: APIError.self) {
            let reader = WhyReader(
                client: client, namespace: "shop", since: fixture.now - 60, now: fixture.now, index: fixture.index,
                state: state
            ) { _ in nil }
            _ = try await reader.read(.incident("ffffffffffffffff"))
        }
    }
}
