import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Evaluation
@testable import Export
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Report
@testable import Wire

/// Messages: which, when, and in which form.
@Suite struct NotifierTests {
    private let now = Make.start

    private func incident(
        _ id: String, _ severity: Severity = .danger, findings: [String] = ["f1"], object: String = "node n1"
    ) -> Report.Incident {
        Report.Incident(
            id: id, severity: severity, since: ReportTime(now), object: object, cause: "NodeDeadlock",
            summary: "docker & <co> is stuck", findings: findings, nodes: ["n1"], pods: 3,
            lost: ["Deployment shop/web"],
            common: [])
    }

    private func report(_ incidents: [Report.Incident]) throws -> ReportContent {
        let snapshot = Snapshot(
            generatedAt: now, startedAt: now, storeID: "s", nodes: [], findings: [], observations: [], dropped: 0)
        let state = Evaluation(
            index: nil, snapshot: snapshot, settings: EvaluationSettings(), now: now, windowSeconds: 3600
        ).run()
        var report = ReportBuilder(state: state, options: ReportOptions()).build()
        report.incidents = incidents
        return ReportContent(report)
    }

    private func sink(
        _ kind: NotificationSink.Kind, _ url: String, secret: String? = nil, language: Language = .en
    ) -> NotificationSink {
        NotificationSink(name: "s", kind: kind, url: url, secret: secret, language: language)
    }

    /// Steps through reports, taking all messages.
    private func run(_ sink: NotificationSink, _ looks: [[Report.Incident]]) throws -> [[String]] {
        var notified: [Notifier.Notified] = []
        return try looks.enumerated().map { index, incidents in
            let (due, next) = Notifier.step(notified, try report(incidents), sink, now: now + Double(index) * 15)
            notified = next
            return due.map { "\($0.message.change.rawValue) \($0.message.incident.id)" }
        }
    }

    @Test func oneMessageOnOpenWorseAndResolved() throws {
        let slack = sink(.slack, "http://x")
        #expect(
            try run(
                slack,
                [
                    [incident("a", .warning)],  // below the sink's severity
                    [incident("a")], [incident("a")], [incident("a", .fatal)], [incident("a", .danger)],
                    [], [incident("a")],  // gone for one look is no end
                    [], [], [],
                ]) == [[], ["open a"], [], ["worse a"], [], [], [], [], ["resolved a"], []])
    }

    @Test func groupsThatMergeAreNoNews() throws {
        let slack = sink(.slack, "http://x")
        let group = incident("g", findings: ["f1", "f2", "f3"], object: "3 nodes")
        #expect(
            try run(
                slack,
                [
                    [incident("a", findings: ["f1"]), incident("b", findings: ["f2"])], [group],
                    [incident("h", findings: ["f3"])], [], [],
                ]) == [["open a", "open b"], [], [], [], ["resolved a"]])
        // Alertmanager has an alert for each name; the merged one is closed, the other notified again.
        #expect(
            try run(
                sink(.alertmanager, "http://x"),
                [
                    [incident("a", findings: ["f1"]), incident("b", findings: ["f2"])], [group], [group], [group],
                    [group],
                ])
                == [["open a", "open b"], ["resolved b"], [], [], ["holds a"]])
    }

    @Test func aSinkThatIsDownHearsLaterAndARestartTellsNothingTwice() async throws {
        let folder = try TemporaryFolder()
        let isDown = Mutex(false)
        let deliveries = Deliveries(sinks: ["s"])
        let server = try FakeAPIServer { _ in isDown.withLock { $0 } ? .init(503, "down") : .init(200, "ok") }
        let webhook = sink(.webhook, server.url + "/hook?key=secret")
        func picture(_ incidents: [Report.Incident], _ at: Double) throws -> ExportPicture {
            var picture = ExportPicture(
                now: now + at,
                snapshot: Snapshot(
                    generatedAt: now, startedAt: now, storeID: "s", nodes: [], findings: [], observations: [],
                    dropped: 0))
            picture.report = try report(incidents)
            return picture
        }
        var notifier = Notifier(webhook, http: HTTPClient(), folder: folder.path, deliveries: deliveries)
        isDown.withLock { $0 = true }
        let problems = await notifier.export(try picture([incident("a")], 0))
        try #require(problems.count == 1)
        #expect(problems[0].contains("HTTP 503"))
        #expect(!problems[0].contains("secret"))
        isDown.withLock { $0 = false }
        #expect(await notifier.export(try picture([incident("a")], 15)) == [])
        #expect(server.requests.count == 2)
        #expect(deliveries.answer("f1") == .init(sinks: ["s"], notified: ["s": now + 15]))
        #expect(deliveries.answer("f2").notified.isEmpty)
        notifier = Notifier(webhook, http: HTTPClient(), folder: folder.path, deliveries: deliveries)
        #expect(await notifier.export(try picture([incident("a")], 30)) == [])
        #expect(server.requests.count == 2, "notified before the restart")
        for look in 0..<2 { _ = await notifier.export(try picture([], 45 + Double(look) * 15)) }
        let bodies = server.requests.map(\.body)
        try #require(bodies.count == 3)
        #expect(bodies[2].contains(#""status":"resolved""#))
        #expect(bodies[1].contains(#""status":"open""#))
        let object = try JSONSerialization.jsonObject(with: Data(bodies[1].utf8)) as? [String: Any]
        #expect((object?["incident"] as? [String: Any])?["lost"] as? [String] == ["Deployment shop/web"])
    }

    private func object(_ sink: NotificationSink, _ change: NotificationSink.Change = .open) throws -> [String: Any] {
        let message = NotificationSink.Message(change: change, incident: incident("a"), cluster: "prod", at: now)
        let body = try JSONSerialization.jsonObject(with: Data(try sink.body(message, now)))
        return body as? [String: Any] ?? (body as? [[String: Any]])?.first ?? [:]
    }

    @Test func eachSinkHasItsForm() throws {
        let slack = try object(sink(.slack, "http://x"))["text"] as? String ?? ""
        #expect(slack.hasPrefix("*[Danger] node n1: NodeDeadlock*\ndocker &amp; &lt;co&gt; is stuck"))
        #expect(slack.contains("What to do: "))
        #expect(slack.contains("no replica left: Deployment shop/web"))
        let chinese = try object(sink(.wecom, "http://x", language: .zh), .resolved)
        let text = (chinese["markdown"] as? [String: String])?["content"] ?? ""
        #expect(chinese["msgtype"] as? String == "markdown")
        #expect(text.hasPrefix("**[已恢复] node n1: NodeDeadlock**"))
        #expect(text.contains("已无副本：Deployment shop/web"))
        #expect(!text.contains("处理："))
        let ding = try object(sink(.dingtalk, "http://x"))
        #expect((ding["markdown"] as? [String: String])?["title"] == "[Danger] node n1: NodeDeadlock")
        let alert = try object(sink(.alertmanager, "http://x"))
        #expect(alert["startsAt"] as? String == now.utcRFC3339)
        #expect(alert["endsAt"] == nil)
        #expect((alert["labels"] as? [String: String])?["alertname"] == "NodeDeadlock")
        #expect(try object(sink(.alertmanager, "http://x"), .resolved)["endsAt"] as? String == now.utcRFC3339)
        #expect(try sink(.alertmanager, "http://am:9093/").address(now) == "http://am:9093/api/v2/alerts")
    }

    /// Against openssl's HMAC.
    @Test func signaturesAreTheChats() throws {
        let folder = try TemporaryFolder()
        func mac(_ text: String, key: String) throws -> String {
            let input = try folder.write(text, to: "text")
            let (_, output) = try Child.run([
                "/bin/sh", "-c",
                "openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '%s' \"$1\" | od -An -tx1 | tr -d ' \\n') -binary \"$2\" | base64 -w0",
                "sh", key, input,
            ])
            return output
        }
        let milliseconds = now.microseconds / 1000
        let sign = try mac("\(milliseconds)\nSECxyz", key: "SECxyz")
        #expect(
            try sink(.dingtalk, "https://oapi.example.com/robot/send?access_token=t", secret: "SECxyz").address(now)
                == "https://oapi.example.com/robot/send?access_token=t&timestamp=\(milliseconds)&sign=\(sign.urlEscaped)"
        )
        let feishu = try object(sink(.feishu, "http://x", secret: "key"))
        let seconds = String(now.microseconds / 1_000_000)
        #expect(feishu["timestamp"] as? String == seconds)
        #expect(try feishu["sign"] as? String == mac("", key: "\(seconds)\nkey"))
        // They answer 200 also when they refuse.
        #expect(
            NotificationSink.problem(.dingtalk, Array(#"{"errcode":310000,"errmsg":"sign not match"}"#.utf8))
                == "code 310000: sign not match")
        #expect(NotificationSink.problem(.feishu, Array(#"{"code":19021,"msg":"sign"}"#.utf8)) == "code 19021: sign")
        #expect(NotificationSink.problem(.wecom, Array(#"{"errcode":0,"errmsg":"ok"}"#.utf8)) == nil)
        #expect(NotificationSink.problem(.slack, Array("ok".utf8)) == nil)
    }

    @Test func mistakesInTheConfigurationHaveTheirPlace() throws {
        func problem(_ text: String) -> String {
            do {
                _ = try ExporterConfiguration.read(Array(text.utf8), file: "c.yaml")
                return ""
            } catch { return "\(error)" }
        }
        let good =
            "exporters:\n  events: true\n  notifications:\n    - { type: slack, url: 'https://x', severity: warning, lang: zh }\n"
        let read = try ExporterConfiguration.read(Array(good.utf8), file: "c.yaml")
        #expect(read.ids == ["events", "notifications"])
        #expect(read.sinks == ["slack-0"])
        let folder = try TemporaryFolder()
        let environment = ExporterEnvironment(
            client: nil, cluster: nil, http: HTTPClient(), stateFolder: folder.path,
            deliveries: Deliveries(sinks: read.sinks), clock: ManualClock(now))
        let notifier = try #require(read.exporters(environment).first as? Notifier)
        #expect(notifier.sink.language == .zh)
        #expect(notifier.sink.leastSeverity == .warning)
        #expect(try ExporterConfiguration.read(Array("checks: {}\n".utf8), file: "c").ids.isEmpty)
        #expect(problem("exporters:\n  evnts: true\n").contains("c.yaml:2:3"))
        #expect(problem("exporters:\n  evnts: true\n").contains("did you mean `events`?"))
        #expect(problem("exporters: { notifications: [ { type: slak, url: 'https://x' } ] }").contains("slak"))
        #expect(problem("exporters: { notifications: [ { type: slack } ] }").contains("exactly one of url and urlFile"))
        #expect(
            problem("exporters: { notifications: [ { type: slack, url: 'ftp://x' } ] }").contains("http:// or https://")
        )
    }
}
