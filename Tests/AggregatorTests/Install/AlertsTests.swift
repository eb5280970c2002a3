import Foundation
import TestSupport
import Testing

@testable import YAML

/// The shipped alerts, as Prometheus' own tool reads and runs them.
@Suite(.enabled(if: Machine.hasPromtool)) struct AlertsTests {
    private static let rules = Repository.root.appending(path: "deploy/monitoring/alerts.yaml").path
    private static let cases = Repository.root.appending(path: "Tests/Fixtures/monitoring/alerts.yaml").path

    @Test func theRulesAreValid() throws {
        let (status, output) = try Child.run([Machine.promtool, "check", "rules", Self.rules])
        #expect(status == 0, "\(output)")
    }

    @Test func eachFiresWhereItShouldAndNotWhereItShouldNot() throws {
        let (status, output) = try Child.run([Machine.promtool, "test", "rules", Self.cases])
        #expect(status == 0, "\(output)")
    }

    /// An alert that no case waits for is not tested.
    @Test func everyAlertHasACaseInWhichItFires() throws {
        func names(_ file: String, _ path: (Node) -> [Node]) throws -> [Node] {
            path(try #require(try YAMLReader.read([UInt8](Data(contentsOf: URL(filePath: file))))))
        }
        let alerts = try names(Self.rules) { $0["groups"]?.items?.flatMap { $0["rules"]?.items ?? [] } ?? [] }
            .compactMap { $0["alert"]?.string }
        let fired = try names(Self.cases) { $0["tests"]?.items?.flatMap { $0["alert_rule_test"]?.items ?? [] } ?? [] }
            .filter { $0["exp_alerts"]?.items?.isEmpty == false }.compactMap { $0["alertname"]?.string }
        #expect(alerts.count > 5)
        #expect(Set(alerts) == Set(fired))
    }
}
