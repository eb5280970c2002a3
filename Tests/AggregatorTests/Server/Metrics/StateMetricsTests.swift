import Foundation
import TestSupport
import Testing

@testable import AggregatorMetrics
@testable import Evaluation
@testable import Export
@testable import Findings
@testable import Platform
@testable import Practice
@testable import Report
@testable import Wire

/// The report's header, the metrics and the notifications count the same state.
@Suite struct StateMetricsTests {
    private struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    private func samples(_ state: EvaluatedState, now: Timestamp? = nil) -> [Sample] {
        let text = IngestMetrics().text(
            nil,
            StateMetrics(
                state, ReportBuilder(state: state, options: ReportOptions()).content(), now: now ?? state.generatedAt),
            isStoreUp: true)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: " ")
            let name = line.prefix { $0 != "{" && $0 != " " }
            var labels: [String: String] = [:]
            for match in line.matches(of: /([a-z]+)="((?:[^"\\]|\\.)*)"/) {
                labels[String(match.output.1)] = String(match.output.2)
            }
            return Sample(name: String(name), labels: labels, value: parts.last.flatMap { Double($0) } ?? .nan)
        }
    }

    private func sum(_ samples: [Sample], _ name: String, _ labels: [String: String] = [:]) -> Int {
        Int(
            samples.filter { sample in
                sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
            }.reduce(0) { $0 + $1.value })
    }

    private static let fixtures = ["seed", "seed-workloads", "seed-rule"]

    private func state(_ name: String) throws -> EvaluatedState {
        let text = try String(
            contentsOf: Repository.root.appending(path: "Tests/Fixtures/report/\(name).yaml"), encoding: .utf8)
        return try CheckFixture(check: "", name: name, text: text).evaluated()
    }

    /// Every state that the fixtures of checks make, and the reports' own.
    private func everyState() throws -> [(String, EvaluatedState)] {
        let checks = try CheckFixture.checks.flatMap { check in
            try CheckFixture.names(of: check).map { name in
                ("\(check)/\(name)", try CheckFixture(check: check, name: name).evaluated())
            }
        }
        return try Self.fixtures.map { ($0, try state($0)) } + checks
    }

    @Test func headerMetricsAndNotificationsAgree() throws {
        var findings = 0, incidents = 0, gaps = 0
        for (name, state) in try everyState() {
            let report = ReportBuilder(state: state, options: ReportOptions()).build()
            let samples = samples(state)
            let summary = report.summary
            for (severity, count) in [
                (Severity.fatal, summary.fatal), (.danger, summary.danger), (.warning, summary.warning),
                (.info, summary.info),
            ] {
                #expect(sum(samples, "ke_findings", ["severity": severity.rawValue]) == count, "\(name) \(severity)")
                findings += count
            }
            let header = TableFormat(isWide: false).render(report, ReportLayout()).split(separator: "\n")
            let counts = "FATAL \(sum(samples, "ke_findings", ["severity": "fatal"]))  DANGER \(summary.danger)"
            #expect(header.contains { $0.hasPrefix(counts) }, "\(name)")

            #expect(sum(samples, "ke_incidents") == report.incidents.count, "\(name)")
            let listed = samples.filter { $0.name == "ke_incident_info" }
            #expect(listed.compactMap { $0.labels["id"] } == report.incidents.map(\.id), "\(name)")
            incidents += report.incidents.count

            let sink = NotificationSink(
                name: "s", kind: .webhook, url: "http://x", secret: nil, leastSeverity: .info)
            let told = Notifier.step([], ReportContent(report), sink, now: state.generatedAt).messages
            #expect(told.count == min(report.incidents.count, Notifier.messagesMax), "\(name)")
            for message in told {
                let incident = message.message.incident
                #expect(listed.contains { $0.labels["id"] == incident.id }, "\(name)")
            }

            let unexpected = samples.filter { sample in
                let reason = sample.labels["reason"].flatMap { UnobservedReason(rawValue: $0) }
                return sample.name == "ke_unobserved" && reason.map { !$0.isExpected } ?? false
            }
            #expect(Set(unexpected.compactMap { $0.labels["check"] }).count == summary.unobserved, "\(name)")
            gaps += summary.unobserved
        }
        #expect(findings > 100)
        #expect(incidents > 50)
        #expect(gaps > 20)
    }

    @Test func sidesSayWhoSawIt() throws {
        let fleet = LargeFleet.state(LargeFleet.findings(nodes: 2), nodes: 2)
        let agents = samples(fleet)
        #expect(sum(agents, "ke_findings", ["side": "node"]) == 20)
        #expect(sum(agents, "ke_findings", ["check": "NodeOOM", "severity": "danger"]) == 2)
        let api = samples(try state("seed"))
        #expect(sum(api, "ke_findings", ["side": "api"]) > 0)
    }

    @Test func aSeriesOfEachSeverityIsAlwaysThere() {
        let empty = samples(EvaluatedState(generatedAt: Make.start, clusterName: "c"))
        for name in ["ke_findings", "ke_incidents"] {
            #expect(empty.count { $0.name == name && $0.value == 0 } == Severity.allCases.count)
        }
        #expect(sum(empty, "ke_incidents_unlisted") == 0)
    }

    /// Rules of users name checks as they like, and clusters break as much as they like.
    @Test func seriesAreBoundedAndSumsStayRight() {
        var findings = LargeFleet.findings(nodes: 150)
        for place in findings.indices {
            findings[place].detection.check = "Custom\(place) \"\\\n\(String(repeating: "x", count: 300))"
        }
        let state = LargeFleet.state(findings, nodes: 150)
        let samples = samples(state)
        let series = samples.count { $0.name == "ke_findings" }
        #expect(series <= StateMetrics.seriesMax + 4 * Severity.allCases.count)
        #expect(sum(samples, "ke_findings") == 1500)
        #expect(sum(samples, "ke_findings", ["check": "other"]) > 0)
        #expect(samples.allSatisfy { $0.labels.values.allSatisfy { $0.utf8.count < 600 } })
        let listed = samples.count { $0.name == "ke_incident_info" }
        #expect(listed <= StateMetrics.incidentsMax)
        #expect(sum(samples, "ke_incidents") == listed + sum(samples, "ke_incidents_unlisted"))
    }

    @Test func theStatesNumberAndAgeAreThere() {
        var state = EvaluatedState(generatedAt: Make.start, clusterName: "c")
        state.generation = .init(number: 7, seconds: 0.25)
        let samples = samples(state, now: Make.start + 3)
        #expect(samples.first { $0.name == "ke_evaluation_generation" }?.value == 7)
        #expect(samples.first { $0.name == "ke_evaluation_seconds" }?.value == 0.25)
        #expect(samples.first { $0.name == "ke_evaluation_age_seconds" }?.value == 3)
    }
}
