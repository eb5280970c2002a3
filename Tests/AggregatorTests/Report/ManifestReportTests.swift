import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Practice
@testable import Report

/// A gate over files tells the truth: what was not read, and what hands over a node, is never green.
@Suite struct ManifestReportTests {
    private static let now = Timestamp(seconds: 1_767_268_800)
    private static let good = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    private static let privileged = """
        apiVersion: v1
        kind: Pod
        metadata: {name: x, namespace: shop}
        spec: {containers: [{name: a, image: 'a:1', securityContext: {privileged: true}}]}

        """

    private func report(
        _ files: [String: String], at paths: [String] = [""], settings: EvaluationSettings = EvaluationSettings(),
        severity: Severity = .warning
    ) throws -> Report {
        let folder = try TemporaryFolder()
        for (name, text) in files {
            let url = URL(filePath: folder.path + "/" + name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        var options = ReportOptions()
        options.severity = severity
        return try ManifestReport(paths: paths.map { folder.path + "/" + $0 }, settings: settings).make(
            options, now: Self.now)
    }

    @Test func namesAnUnreadableDocumentBehindAnyNumberOfHarmlessOnes() throws {
        var files = ["zz-broken.yaml": "kind: Deployment\nmetadata: {name: x\n"]
        for number in 0..<60 { files["values-\(number).yaml"] = "replicaCount: 1\n" }
        let report = try report(files)
        #expect(report.unobserved.contains { $0.scope.contains("zz-broken.yaml:") && $0.reason == .malformed })
        #expect(report.exitStatus(failOn: .danger) == 3)
        #expect(report.cluster.notes.count < 10, "\(report.cluster.notes.count) notes before the findings")
        #expect(report.cluster.notes.contains { $0.contains("55 more documents") })
    }

    @Test func listsEveryUnreadableDocumentAndCountsTheRest() throws {
        let broken = (0..<ManifestReport.problemsMax + 7).map { _ in "{\n" }.joined(separator: "---\n")
        let report = try report(["a.yaml": broken])
        let own = report.unobserved.filter { $0.check == ManifestReport.check }
        #expect(own.count == ManifestReport.problemsMax + 1)
        #expect(own.contains { $0.detail.hasPrefix("7 more documents") })
        #expect(report.exitStatus(failOn: .fatal) == 3)
    }

    @Test(arguments: [
        [:], ["a.yaml": ""], ["a.yaml": "# nothing\n---\n"], ["values.yaml": "a: 1\n"], ["readme.txt": "x"],
        ["a.json": "[]"], ["a.yaml": "kind: List\nitems: []\n"],
    ])
    func nothingReadIsNotGreen(_ files: [String: String]) throws {
        let report = try report(files)
        #expect(report.exitStatus(failOn: .danger) == 3)
        #expect(report.exitStatus(failOn: nil) == 0)
        #expect(report.unobserved.contains { $0.reason == .sourceMissing })
    }

    @Test func onePathOfSeveralThatHoldsNothingIsNotGreen() throws {
        let files = ["a/good.yaml": Self.good, "b/values.yaml": "a: 1\n"]
        #expect(try report(files, at: ["a"]).exitStatus(failOn: .danger) == 0)
        let both = try report(files, at: ["a", "b"])
        #expect(both.exitStatus(failOn: .danger) == 3)
        #expect(both.unobserved.filter { $0.reason == .sourceMissing }.map(\.scope).allSatisfy { $0.hasSuffix("/b") })
    }

    @Test func aPrivilegedContainerIsDangerInEveryProfile() throws {
        for isStrict in [false, true] {
            let settings = try Audit.settings(isStrict: isStrict)
            let report = try report(["a.yaml": Self.privileged], settings: settings)
            #expect(report.exitStatus(failOn: .danger) == 2, "strict: \(isStrict)")
            #expect(report.exitStatus(failOn: .fatal) == 0, "strict: \(isStrict)")
        }
        // Who names its level has chosen.
        let chosen = try Audit.settings(config: "checks: { runAsPrivileged: warning }")
        #expect(try report(["a.yaml": Self.privileged], settings: chosen).exitStatus(failOn: .danger) == 0)
    }

    @Test func whatIsTooMildToBeShownStillFailsTheGate() throws {
        let report = try ManifestReportTests.content(of: Self.privileged, severity: .fatal)
        #expect(report.findingCount == 0)
        #expect(report.exitStatus(failOn: .danger) == 2)
    }

    private static func content(of text: String, severity: Severity) throws -> ReportContent {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/a.yaml"))
        var options = ReportOptions()
        options.severity = severity
        return try ManifestReport(paths: [folder.path], settings: EvaluationSettings()).content(options, now: now)
    }

    @Test func saysInOneLineWhatItLookedAt() throws {
        let red = ReportContent(try report(["a.yaml": Self.privileged, "b.yaml": Self.good]))
        let line = red.gateLine(failOn: .danger, status: red.exitStatus(failOn: .danger), .en)
        #expect(line.hasPrefix("--fail-on danger: looked at 2 objects in 2 files with "), "\(line)")
        #expect(line.hasSuffix("found something at or above danger (exit status 2)"), "\(line)")
        let none = ReportContent(try report([:]))
        let empty = none.gateLine(failOn: .fatal, status: none.exitStatus(failOn: .fatal), .en)
        #expect(empty.contains("0 objects in 0 files"), "\(empty)")
        #expect(empty.hasSuffix("but 1 place not observed (exit status 3)"), "\(empty)")
        let chinese = none.gateLine(failOn: .fatal, status: 3, .zh)
        #expect(chinese.contains("0 个文件中的 0 个对象"), "\(chinese)")
        #expect(!chinese.contains("looked"), "\(chinese)")
    }
}
