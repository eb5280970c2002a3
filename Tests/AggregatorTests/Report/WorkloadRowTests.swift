import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Practice
@testable import Report

/// How a row of the Workloads table knows whether it is best practice.
@Suite struct WorkloadRowTests {
    private func row(_ message: String, id: String, isPractice: Bool) -> Report.WorkloadRow {
        Report.WorkloadRow(
            namespace: "shop", severity: .warning, name: "web", kind: "Deployment",
            time: ReportTime(Timestamp(seconds: 1_767_225_600)),
            message: message, findingId: id, isPractice: isPractice)
    }

    private func decoded(_ row: Report.WorkloadRow) throws -> Report.WorkloadRow {
        try JSONDecoder().decode(Report.WorkloadRow.self, from: try JSONEncoder().encode(row))
    }

    @Test(arguments: [true, false]) func jsonDoesNotShowItAndTheIdSaysIt(_ isCustom: Bool) throws {
        let id = PracticeState.Row.id(kind: "Deployment", namespace: "shop", name: "web", isCustom: isCustom)
        var practice = row("[a b]", id: id, isPractice: true)
        practice.isCustom = isCustom
        let json = String(decoding: try JSONEncoder().encode(practice), as: UTF8.self)
        let again = try decoded(practice)
        #expect(!json.contains("isPractice"))
        #expect(again == practice)
    }

    @Test func aMessageThatBeginsWithABracketIsNoList() throws {
        let broken = row("[web] waits for a volume", id: "0123456789abcdef", isPractice: false)
        let again = try decoded(broken)
        #expect(again == broken)
    }

    @Test func aWholeReportStaysTheSameThroughJSON() throws {
        let text = try String(
            contentsOf: Repository.root.appending(path: "Tests/Fixtures/report/seed-workloads.yaml"), encoding: .utf8)
        let fixture = try CheckFixture(check: "", name: "seed", text: text)
        let report = ReportBuilder(state: fixture.evaluated(), options: ReportOptions()).build()
        #expect(report.tables.workloads.contains { $0.isPractice })
        let json = try JSONFormat().render(report, ReportLayout())
        let again = try JSONDecoder().decode(Report.self, from: Data(json.utf8))
        #expect(again == report)
    }
}
