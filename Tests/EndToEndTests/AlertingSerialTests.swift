import Foundation
import TestSupport
import Testing

@testable import HTTP

extension EndToEndSerialTests {
    /// The shipped alerts in a real Prometheus, which scrapes a real aggregator with TLS and a token, and a real
    /// Alertmanager behind it.
    @Suite(.serialized, .enabled(if: ControlPlane.isPossible && Machine.runsPrometheus)) struct Alerting {
        @Test func aFatalConditionReachesAlertmanager() async throws {
            let cluster = try await InstalledCluster()
            defer { cluster.stop() }
            try await cluster.install()
            try await cluster.startAggregator()
            let before = try await cluster.metrics()
            #expect(before.contains("ke_findings{severity=\"fatal\"} 0\n"), "\(before)")
            let monitoring = try await Monitoring(cluster)
            defer { monitoring.stop() }
            #expect(await eventually(seconds: 30) { await monitoring.isScraped() }, "\(monitoring.logs)")

            try await cluster.startAgent(node: "n1", rules: Self.rules)
            try cluster.say("alert rig: task rig1 is stuck")
            // Both wait for a minute until they fire.
            let names: Set = ["KubeEyeFatal", "KubeEyeNodeCondition"]
            let hasFired = await eventually(seconds: 100) {
                names.isSubset(of: Set(await monitoring.alerts().map(\.name)))
            }
            let alerts = await monitoring.alerts()
            #expect(hasFired, "\(alerts) \(monitoring.logs) \(cluster.logs)")
            #expect(alerts.first { $0.name == "KubeEyeFatal" }?.labels["severity"] == "critical")
            let condition = alerts.first { $0.name == "KubeEyeNodeCondition" }
            #expect(condition?.labels["node"] == "n1")
            #expect(condition?.labels["type"] == "KernelDeadlock")
            #expect(!alerts.contains { ["KubeEyeDown", "KubeEyeStoreDown"].contains($0.name) }, "\(alerts)")

            // The condition ends with its line; the line's own finding counts for as long as the report's window.
            try cluster.say("alert rig: it is over")
            let hasEnded = await eventually(seconds: 30) {
                await !monitoring.firing().contains("KubeEyeNodeCondition")
            }
            #expect(hasEnded, "\(monitoring.logs) \(cluster.logs)")
        }

        private static let rules = """
            apiVersion: ke/v1
            kind: LogRules
            source: SOURCE
            rules:
              - id: alert-rig
                reason: AlertRig
                severity: fatal
                pattern: 'alert rig: task (?P<task>\\S+) is stuck'
                condition: { type: KernelDeadlock, check: NodeDeadlock, clears: 'alert rig: it is over' }
            """
    }
}

/// A Prometheus with the shipped alerts, and an Alertmanager, on loopback and in a folder of their own.
private final class Monitoring: Sendable {
    struct Alert: Sendable {
        var labels: [String: String]
        var name: String { labels["alertname"] ?? "" }
    }

    private let folder: TemporaryFolder
    private let prometheusPort = freePort()
    private let alertmanagerPort = freePort()
    private let prometheus: Child
    private let alertmanager: Child
    private let http = HTTPClient()

    /// - Parameter cluster: its `metrics()` has made the account that Prometheus shows.
    init(_ cluster: InstalledCluster) async throws {
        folder = try TemporaryFolder()
        let token = try folder.write(try await cluster.plane.token("prometheus", namespace: "default"), to: "token")
        let rules = Repository.root.appending(path: "deploy/monitoring/alerts.yaml").path
        let config = try folder.write(
            """
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: ['\(rules)']
            alerting:
              alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:\(alertmanagerPort)'] }] }]
            scrape_configs:
              - job_name: ke-aggregator
                scheme: https
                authorization: { credentials_file: '\(token)' }
                tls_config: { ca_file: '\(cluster.folder.path)/ca/ca.crt', server_name: ke-aggregator.ke-system.svc }
                static_configs: [{ targets: ['localhost:7471'] }]
            """, to: "prometheus.yml")
        let checked = try Child.run([Machine.promtool, "check", "config", config])
        #expect(checked.status == 0, "\(checked.output)")
        let receivers = try folder.write("route: { receiver: none }\nreceivers: [{ name: none }]\n", to: "am.yml")
        alertmanager = try Child(
            [
                Machine.alertmanager, "--config.file=\(receivers)", "--storage.path=\(folder.path)/alertmanager",
                "--web.listen-address=127.0.0.1:\(alertmanagerPort)", "--cluster.listen-address=",
            ], log: folder.path + "/alertmanager.log")
        prometheus = try Child(
            [
                Machine.prometheus, "--config.file=\(config)", "--storage.tsdb.path=\(folder.path)/prometheus",
                "--web.listen-address=127.0.0.1:\(prometheusPort)",
            ], log: folder.path + "/prometheus.log")
    }

    func stop() {
        prometheus.end(SIGKILL)
        alertmanager.end(SIGKILL)
    }

    var logs: String {
        "prometheus:\n\(prometheus.log.suffix(2000))\nalertmanager:\n\(alertmanager.log.suffix(1000))"
    }

    private func get(_ port: Int, _ path: String) async -> Any? {
        guard let response = try? await http.send(HTTPRequest(url: "http://127.0.0.1:\(port)\(path)")),
            response.status == 200
        else { return nil }
        return try? JSONSerialization.jsonObject(with: Data(response.body))
    }

    /// Whether the aggregator's metrics have come in.
    func isScraped() async -> Bool {
        let answer = await get(prometheusPort, "/api/v1/query?query=ke_store_up") as? [String: Any]
        let data = answer?["data"] as? [String: Any]
        return (data?["result"] as? [Any])?.isEmpty == false
    }

    /// What Alertmanager has taken.
    func alerts() async -> [Alert] {
        let all = await get(alertmanagerPort, "/api/v2/alerts") as? [[String: Any]]
        return (all ?? []).map { Alert(labels: $0["labels"] as? [String: String] ?? [:]) }
    }

    /// Names of the alerts that fire in Prometheus now.
    func firing() async -> Set<String> {
        let answer = await get(prometheusPort, "/api/v1/alerts") as? [String: Any]
        let alerts = (answer?["data"] as? [String: Any])?["alerts"] as? [[String: Any]] ?? []
        return Set(
            alerts.filter { $0["state"] as? String == "firing" }.compactMap {
                ($0["labels"] as? [String: String])?["alertname"]
            })
    }
}
