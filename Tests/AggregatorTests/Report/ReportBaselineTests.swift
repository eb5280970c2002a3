import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report

/// `--baseline`: only what is new counts.
@Suite struct ReportBaselineTests {
    private func report(_ containers: String) throws -> Report {
        let folder = try TemporaryFolder()
        let text = "kind: Pod\napiVersion: v1\nmetadata: { name: x }\nspec: { containers: [\(containers)] }\n"
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/a.yaml"))
        return try ManifestReport(paths: [folder.path], settings: EvaluationSettings()).make(
            ReportOptions(), now: Timestamp(seconds: 1_767_268_800))
    }

    @Test func whatWasKnownIsLeftOut() throws {
        let before = try report("{ name: a, image: nginx }")
        let same = ReportBaseline(before).applied(to: before)
        #expect(same.findings.isEmpty)
        #expect(same.tables.workloads.isEmpty)
        #expect(same.summary.warning == 0)
        #expect(same.exitStatus(failOn: .info) == 0)
        #expect(same.cluster.notes.contains { $0.contains("of the baseline are left out") })
    }

    @Test func whatIsNewOrWorseStays() throws {
        let before = try report("{ name: a, image: nginx }")
        // Another container before it: lines and places in the list change, the trouble does not.
        let after = try report(
            "\n{ name: b, image: \"b:1\" }, { name: a, image: nginx, securityContext: { privileged: true } }")
        let new = ReportBaseline(before).applied(to: after)
        let failures = new.findings.flatMap(\.failures)
        #expect(!failures.isEmpty)
        #expect(failures.contains { $0.container == "b" })
        #expect(failures.filter { $0.container == "a" }.allSatisfy { $0.path.contains("securityContext") })
        #expect(failures.contains { $0.value == "true" })
        #expect(new.tables.workloads.map(\.message) == new.findings.map(\.message))
        var worse = before
        for place in worse.findings.indices {
            for failure in worse.findings[place].failures.indices {
                worse.findings[place].failures[failure].severity = .fatal
            }
        }
        #expect(ReportBaseline(before).applied(to: worse).findings.count == worse.findings.count)
    }

    @Test func otherFilesAreRefused() throws {
        let folder = try TemporaryFolder()
        #expect(throws: CommandFailure.self) { try ReportBaseline(path: folder.path + "/none.json") }
        try Data("{}".utf8).write(to: URL(filePath: folder.path + "/b.json"))
        #expect(throws: CommandFailure.self) { try ReportBaseline(path: folder.path + "/b.json") }
    }
}
